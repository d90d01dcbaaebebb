//! Releases of Istio, as far as answers depend on them.

/// A release of Istio 1: `1.30`, `1.30.3`, and what vendors make of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IstioRelease {
    minor: u32,
    /// `None` where only the line is stated.
    patch: Option<u32>,
}

impl IstioRelease {
    /// Reads a version as documents and tools write it: `1.30`, `v1.30.3`, `1.30.3-distroless`.
    pub fn parse(version: &str) -> Option<Self> {
        let mut parts = version.trim_start_matches('v').split('.');
        if parts.next() != Some("1") {
            return None;
        }
        let minor = parts.next()?;
        // `1.31-alpha` is a line too.
        let (minor, suffix) = minor.split_once('-').map_or((minor, None), |(minor, suffix)| (minor, Some(suffix)));
        let patch = parts.next().filter(|_| suffix.is_none()).and_then(|patch| {
            let digits = patch.split(|each: char| !each.is_ascii_digit()).next()?;
            digits.parse().ok()
        });
        Some(Self { minor: minor.parse().ok()?, patch })
    }

    /// Whether it is older than `1.<minor>.<patch>`; `None` where the patch decides and is not stated.
    pub fn is_before(self, minor: u32, patch: u32) -> Option<bool> {
        if self.minor != minor || patch == 0 {
            return Some(self.minor < minor);
        }
        self.patch.map(|stated| stated < patch)
    }
}

#[cfg(test)]
mod tests {
    use super::IstioRelease;

    fn is_before(version: &str, minor: u32, patch: u32) -> Option<bool> {
        IstioRelease::parse(version)?.is_before(minor, patch)
    }

    #[test]
    fn a_line_is_compared_by_its_minor_version() {
        assert_eq!(is_before("1.30", 31, 0), Some(true));
        assert_eq!(is_before("1.31", 31, 0), Some(false));
        assert_eq!(is_before("1.9", 31, 0), Some(true));
        assert_eq!(is_before("v1.31.2", 31, 0), Some(false));
        assert_eq!(is_before("1.31-alpha.1", 31, 0), Some(false));
    }

    #[test]
    fn where_a_patch_changed_a_rule_the_line_alone_says_nothing() {
        assert_eq!(is_before("1.30", 30, 3), None);
        assert_eq!(is_before("1.30.2", 30, 3), Some(true));
        assert_eq!(is_before("1.30.3-distroless", 30, 3), Some(false));
        assert_eq!(is_before("1.30.10", 30, 3), Some(false));
        assert_eq!(is_before("1.29", 30, 3), Some(true));
        assert_eq!(is_before("1.31", 30, 3), Some(false));
    }

    #[test]
    fn what_is_no_version_of_istio_1_has_no_answer() {
        for version in ["", "latest", "2.0", "1", "1.x", "release-1.30"] {
            assert_eq!(is_before(version, 30, 0), None, "{version}");
        }
    }
}
