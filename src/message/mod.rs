//! What is exchanged: envelope, HTTP message signature (RFC 9421), digest (RFC 9530) and receipt. Built and checked, pure.
