//! Integration tests of the loader.
