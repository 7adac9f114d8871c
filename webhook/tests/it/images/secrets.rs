//! Whose credentials count.
