//! The use cases with partners: partner book, outbox, inbox, subscription.
