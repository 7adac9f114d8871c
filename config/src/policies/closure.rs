//! Which modules a rule needs: its own file first, then every library that it reaches. Also part of the build script,
//! which compiles the built-in rules from the same modules.

use platlint_engine::policy::Module;

use crate::policies::rego::{RegoFile, reaches};

/// The rule's own module first, then all that it reaches, by name. A file of the same package always belongs to it.
pub(crate) fn with_libraries(file: &RegoFile, pool: &[&RegoFile]) -> Vec<Module> {
    let mut included: Vec<&RegoFile> = vec![file];
    let mut next = 0;
    while let Some(current) = included.get(next).copied() {
        let references = current.references();
        for candidate in pool {
            let known = included.iter().any(|known| std::ptr::eq(*known, *candidate));
            let wanted = candidate.package == current.package
                || references.iter().any(|reference| reaches(reference, &candidate.package));
            if !known && wanted {
                included.push(candidate);
            }
        }
        next += 1;
    }
    let mut modules: Vec<Module> = included.into_iter().map(module).collect();
    if let Some(libraries) = modules.get_mut(1..) {
        libraries.sort_by(|a, b| a.path.cmp(&b.path));
    }
    modules
}

pub(crate) fn module(file: &RegoFile) -> Module {
    Module { path: file.path.clone(), text: file.text.clone() }
}
