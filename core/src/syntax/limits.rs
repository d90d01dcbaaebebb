/// How much one request may hold.
///
/// Every input is bounded, since a policy may come from a stranger's pull request or a pasted link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one source.
    pub source_bytes: usize,
    /// Bytes of all sources together.
    pub total_bytes: usize,
    /// Lists and maps inside one another.
    pub depth: usize,
    /// Documents in one source.
    pub documents: usize,
    /// Nodes of all sources together: each takes some hundred bytes, however short its text is.
    pub nodes: usize,
    /// Nodes that aliases and merge keys of one source may add.
    pub alias_nodes: usize,
}

impl Limits {
    /// What every call uses: above any real mesh that was looked at, and small enough for a browser tab.
    pub const DEFAULT: Self = Self {
        source_bytes: 16 << 20,
        total_bytes: 64 << 20,
        depth: 64,
        documents: 50_000,
        nodes: 2_000_000,
        alias_nodes: 100_000,
    };
}
