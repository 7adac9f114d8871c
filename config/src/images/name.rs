//! The name of an image as rules match it: one form for all ways to write the same registry and repository.
//!
//! What is left out (a tag, a digest) does not choose the rule. Names that differ after this are different images: an
//! alias that only a DNS server or a node's configuration knows is decided by its own name.

use std::fmt;

use platlint_engine::image::Reference;
pub(crate) use platlint_engine::image::{DOCKER_HUB, DOCKER_HUB_FOLDER};
pub use platlint_engine::image::{is_registry, registry};

/// Registry and repository, normalised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageName {
    registry: String,
    repository: String,
}

impl ImageName {
    /// The name in a reference.
    ///
    /// ```
    /// use platlint_config::images::ImageName;
    /// use platlint_engine::image::Reference;
    /// let name = |text: &str| ImageName::of(&Reference::parse(text).unwrap()).to_string();
    /// assert_eq!(name("nginx:1.27"), "docker.io/library/nginx");
    /// assert_eq!(name("Registry.Example:443/shop/web"), "registry.example/shop/web");
    /// ```
    #[must_use]
    pub fn of(image: &Reference) -> Self {
        let (registry, repository) = image.place();
        Self { registry, repository }
    }

    /// Host and port.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path within the registry.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    pub(crate) fn segments(&self) -> impl DoubleEndedIterator<Item = &str> + Clone {
        std::iter::once(self.registry.as_str()).chain(self.repository.split('/'))
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)
    }
}
