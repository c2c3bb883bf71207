//! The closed lists of an answer: requirement, outcome, part, standing, date basis. (Validity is a word of
//! the record's.) A client that meets a
//! value it does not know treats it as `not-determinable`; so nothing is added here without a new version.

/// A closed list of codes with every value in its order.
macro_rules! closed {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$inner])* #[serde(rename = $code)] $variant,)+ }

        impl $name {
            /// Every value of the list, in its order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code as it stands in an answer.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }
    };
}
pub(crate) use closed;

closed! {
    /// What the importing party asks for.
    Requirement {
        /// A third-party certificate.
        CertificateRequired = "certificate-required",
        /// Evidence of another kind, such as the manufacturer's declaration.
        OtherEvidenceRequired = "other-evidence-required",
        /// Nothing.
        NotRequired = "not-required",
        /// A certificate, but these goods are exempted from it.
        Exempted = "exempted",
        /// No row says.
        NotDeterminable = "not-determinable",
    }
}

closed! {
    /// Whether the certificate counts there.
    Outcome {
        /// It counts in full.
        Recognised = "recognised",
        /// A part of it counts.
        PartlyRecognised = "partly-recognised",
        /// It does not count.
        NotRecognised = "not-recognised",
        /// No certificate of this kind is asked for.
        NotApplicable = "not-applicable",
        /// The data does not say.
        NotDeterminable = "not-determinable",
    }
}

closed! {
    /// The part of a conformity assessment that is recognised.
    Part {
        /// Test report.
        TestReport = "test-report",
        /// Inspection, factory inspection among it.
        Inspection = "inspection",
        /// Product certification.
        Certification = "certification",
        /// Management system certification.
        ManagementSystem = "management-system",
    }
}

closed! {
    /// Whose word a decision is.
    Standing {
        /// The importing party's authority decides at its own gateway.
        Authoritative = "authoritative",
        /// Rows that the importing party signed, evaluated elsewhere.
        Published = "published",
        /// Neither: for information.
        Informative = "informative",
    }
}

closed! {
    /// What a date is the date of.
    DateBasis {
        /// Release from the factory (出厂).
        ReleaseFromFactory = "releaseFromFactory",
        /// Shipment.
        Shipment = "shipment",
        /// Acceptance of the declaration.
        DeclarationAcceptance = "declarationAcceptance",
        /// Placing on the market.
        PlacingOnMarket = "placingOnMarket",
        /// The day of the question.
        Verification = "verification",
    }
}

closed! {
    /// An act that a status may bar.
    Act {
        /// Release from the factory.
        Release = "release",
        /// Import.
        Import = "import",
        /// Sale.
        Sale = "sale",
    }
}

impl DateBasis {
    /// The act that is done on such a day, where one is.
    #[must_use]
    pub const fn act(self) -> Option<Act> {
        match self {
            Self::ReleaseFromFactory => Some(Act::Release),
            Self::DeclarationAcceptance => Some(Act::Import),
            Self::PlacingOnMarket => Some(Act::Sale),
            Self::Shipment | Self::Verification => None,
        }
    }
}
