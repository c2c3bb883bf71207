//! Code lists and concordances, loaded from `mappings/codes/`: countries, sectors, statuses, item codes and the like.
//!
//! Not here: which rule uses which table (`mapping`), and what a code means for a decision (`recognition`).
