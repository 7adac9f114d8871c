//! The decision as a whole, on evidence of the tests' own making.
