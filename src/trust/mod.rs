//! A certificate chain, revocation lists, a partner and a time, judged. Pure: no sockets, no files.
