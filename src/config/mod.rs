//! Configuration: one struct an area; the doc of a field names its key in `certbridge.toml` and in the environment.
