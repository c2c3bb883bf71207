//! The houses of the tests: what each is called, and where it is said to be.

/// Who a house is.
#[derive(Clone, Copy)]
pub(crate) struct Who {
    pub(crate) id: &'static str,
    pub(crate) country: &'static str,
    pub(crate) did: &'static str,
    pub(crate) base: &'static str,
    pub(crate) dns: &'static str,
}

pub(crate) const CN: Who = Who {
    id: "cn-registry",
    country: "CN",
    did: "did:web:registry.cn.example",
    base: "https://registry.cn.example",
    dns: "gateway.registry.cn.example",
};

pub(crate) const NZ: Who = Who {
    id: "nz-registry",
    country: "NZ",
    did: "did:web:registry.nz.example",
    base: "https://registry.nz.example",
    dns: "gateway.registry.nz.example",
};

pub(crate) const AU: Who = Who {
    id: "au-registry",
    country: "AU",
    did: "did:web:registry.au.example",
    base: "https://registry.au.example",
    dns: "gateway.registry.au.example",
};
