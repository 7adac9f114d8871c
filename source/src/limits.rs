//! How much one file or document may cost. Where the limits are enforced is up to the readers.

/// Bounds on what is read. The defaults are derived from real files, see each field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of one file. Default 256 MiB: the export of a large cluster as one JSON list stays below.
    pub max_bytes: usize,
    /// Deepest nesting, counted with aliases followed. Default 200: the API server's own decoder stops far below, and
    /// consumers that walk recursively stay within a thread's stack.
    pub max_depth: usize,
    /// Most nodes of one document. Default 24 million: real files have one node per 12 bytes, so the largest file
    /// allowed has about 22 million.
    pub max_nodes: usize,
    /// Most nodes of one document with every alias counted as a copy. Default 1 million beyond the nodes as written.
    /// A document of `n` nodes gets no more than 64 × `n` + 4096 either, so that many small documents in one file
    /// cannot multiply the bound.
    pub max_expanded: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 256 << 20, max_depth: 200, max_nodes: 24_000_000, max_expanded: 1_000_000 }
    }
}

impl Limits {
    /// The expanded size allowed to a document of `nodes` nodes.
    pub(crate) fn expanded(&self, nodes: usize) -> usize {
        let proportional = nodes.saturating_mul(64).saturating_add(4096);
        proportional.min(nodes.saturating_add(self.max_expanded))
    }
}
