//! Which rule holds for which image: normalisation, ways around it, and which pattern is the more specific one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use platlint_engine::image::Reference;

use super::pattern::{ImagePattern, PatternError};
use super::policy::{At, DefaultDecision, Formats, ImagePolicy, ImageRule, Require};

fn rule(patterns: &[&str], exclude: &[&str]) -> ImageRule {
    let parse = |texts: &[&str]| texts.iter().map(|text| ImagePattern::parse(text).unwrap()).collect();
    ImageRule {
        patterns: parse(patterns),
        exclude: parse(exclude),
        require: Require::All,
        authorities: Vec::new(),
        attestations: Vec::new(),
        formats: Formats { bundle: true, legacy: false },
        pin: true,
        recursive: false,
        last_known: None,
        at: At { file: "platlint.yaml".into(), line: 1, column: 1 },
    }
}

fn policy(rules: Vec<ImageRule>) -> ImagePolicy {
    ImagePolicy {
        rules,
        default: DefaultDecision::Deny,
        registries: BTreeMap::new(),
        revoked: BTreeSet::<Arc<str>>::new(),
        hash: String::new(),
    }
}

/// What a rule is known by here: its first pattern.
fn rule_for<'p>(policy: &'p ImagePolicy, image: &str) -> &'p str {
    match Reference::parse(image) {
        None => "no reference",
        Some(image) => policy.rule_for(&image).map_or("default", |rule| rule.patterns[0].as_str()),
    }
}

#[test]
fn every_way_to_write_an_image_leads_to_its_rule() {
    let policy = policy(vec![
        rule(&["registry.example/prod/**"], &["registry.example/prod/tools/**"]),
        rule(&["registry.example/prod/pay-*"], &[]),
        rule(&["registry.example/**"], &[]),
        rule(&["docker.io/library/*"], &[]),
        rule(&["docker.io/**"], &[]),
        rule(&["localhost:5000/**"], &[]),
        rule(&["[::1]:5000/**"], &[]),
        rule(&["*.apps.example/web"], &[]),
    ]);
    let sha256 = format!("sha256:{}", "a".repeat(64));
    let sha512 = format!("sha512:{}", "a".repeat(128));
    let (prod, all, hub, library) =
        ("registry.example/prod/**", "registry.example/**", "docker.io/**", "docker.io/library/*");
    let table: &[(&str, &str)] = &[
        // As written.
        ("registry.example/prod/web", prod),
        ("registry.example/prod/web:1.4", prod),
        ("registry.example/prod/a/b/c/d:1", prod),
        ("registry.example/prod/pay-in", "registry.example/prod/pay-*"),
        ("registry.example/prod/pay-", "no reference"),
        ("registry.example/prod/pay", prod),
        ("registry.example/prod/pay-in/worker", prod),
        // Neither the folder itself nor what only begins with its name.
        ("registry.example/prod", all),
        ("registry.example/prod-evil/web", all),
        ("registry.example/production/web", all),
        ("registry.example/team/prod/web", all),
        // Excluded: the next rule that matches.
        ("registry.example/prod/tools/lint:1", all),
        ("registry.example/prod/tools", prod),
        // Case.
        ("Registry.Example/prod/web", prod),
        ("REGISTRY.EXAMPLE/prod/web", prod),
        ("registry.example/Prod/web", "no reference"),
        ("registry.example/prod/WEB", "no reference"),
        // Port: that of HTTPS is no port, any other is another registry.
        ("registry.example:443/prod/web", prod),
        ("registry.example:0443/prod/web:1", prod),
        ("REGISTRY.EXAMPLE:443/prod/pay-in", "registry.example/prod/pay-*"),
        ("registry.example:80/prod/web", "default"),
        ("registry.example:8443/prod/web", "default"),
        ("localhost:5000/app", "localhost:5000/**"),
        ("LocalHost:05000/app", "localhost:5000/**"),
        ("localhost:5001/app", "default"),
        ("localhost/app", "default"),
        ("[::1]:5000/app", "[::1]:5000/**"),
        ("[0:0:0:0:0:0:0:1]:5000/app", "[::1]:5000/**"),
        // A dot at the end, a scheme, a user, blanks, doubled slashes: no runtime takes them.
        ("registry.example./prod/web", "no reference"),
        ("https://registry.example/prod/web", "no reference"),
        ("user@registry.example/prod/web", "no reference"),
        (" registry.example/prod/web", "no reference"),
        ("registry.example//prod/web", "no reference"),
        ("registry.example/prod//web", "no reference"),
        ("registry.example/prod/../other/web", "no reference"),
        ("registry.example/prod/./web", "no reference"),
        ("registry.example/prod/web/", "no reference"),
        ("/registry.example/prod/web", "no reference"),
        // Letters of other alphabets that look the same.
        ("r\u{435}gistry.example/prod/web", "no reference"),
        ("registry.example/pr\u{43e}d/web", "no reference"),
        ("registry\u{ff0e}example/prod/web", "no reference"),
        ("registry.example/prod/web\u{200b}", "no reference"),
        // Docker Hub by all its names.
        ("nginx", library),
        ("nginx:1.27", library),
        ("library/nginx", library),
        ("docker.io/nginx", library),
        ("docker.io/library/nginx", library),
        ("index.docker.io/nginx", library),
        ("index.docker.io/library/nginx:1", library),
        ("Index.Docker.IO/nginx", library),
        ("DOCKER.IO/library/nginx", library),
        ("docker.io:443/nginx", library),
        ("registry-1.docker.io/library/nginx", library),
        ("registry-1.docker.io:443/nginx", library),
        ("registry.hub.docker.com/library/nginx", library),
        ("bitnami/redis", hub),
        ("docker.io/bitnami/redis:7", hub),
        ("registry/prod/web", hub),
        // Another registry that only looks alike.
        ("docker.io.example/library/nginx", "default"),
        ("registry.example.evil.example/prod/web", "default"),
        ("evil-registry.example/prod/web", "default"),
        ("registry-example/prod/web", hub),
        // Parts of hosts.
        ("shop.apps.example/web:2", "*.apps.example/web"),
        ("eu.shop.apps.example/web", "*.apps.example/web"),
        ("apps.example/web", "default"),
        ("shop.apps.example:5000/web", "default"),
        ("shop.apps.example/web/x", "default"),
    ];
    for (image, expected) in table {
        assert_eq!(rule_for(&policy, image), *expected, "{image:?}");
    }
    // Tags and digests choose no rule, whatever their algorithm.
    for suffix in ["", ":latest", &format!("@{sha256}"), &format!(":1@{sha256}"), &format!("@{sha512}")] {
        assert_eq!(rule_for(&policy, &format!("registry.example/prod/web{suffix}")), prod, "{suffix}");
        assert_eq!(rule_for(&policy, &format!("nginx{suffix}")), library, "{suffix}");
    }
    let cut = format!("registry.example/prod/web@sha512:{}", "a".repeat(64));
    assert_eq!(rule_for(&policy, &cut), "no reference");
    assert!(table.len() >= 40, "{}", table.len());
}

#[test]
fn the_more_specific_pattern_holds_wherever_it_stands() {
    // From the most specific one on.
    let order = [
        "registry.example/prod/web",
        "registry.example/prod/we*",
        "registry.example/prod/w*",
        "registry.example/prod/*",
        "registry.example/prod/**",
        "registry.example/*/web",
        "registry.example/*/**",
        "registry.example/**/web",
        "registry.example/**",
        "*.example/**",
        "*/prod/web",
        "*/**",
        "**/web",
        "**",
    ];
    for (first, _) in order.iter().enumerate() {
        for reversed in [false, true] {
            let mut rules: Vec<ImageRule> = order[first..].iter().map(|pattern| rule(&[pattern], &[])).collect();
            if reversed {
                rules.reverse();
            }
            assert_eq!(rule_for(&policy(rules), "registry.example/prod/web"), order[first]);
        }
    }
}

#[test]
fn double_stars_stand_for_any_number_of_segments() {
    for (pattern, image, matches) in [
        ("r.example/**/x", "r.example/x", true),
        ("r.example/**/x", "r.example/a/b/x", true),
        ("r.example/**/x", "r.example/a/x/b", false),
        ("r.example/a/**/b/**/c", "r.example/a/b/c", true),
        ("r.example/a/**/b/**/c", "r.example/a/x/b/y/b/z/c", true),
        ("r.example/a/**/b/**/c", "r.example/a/c/b", false),
        ("r.example/**/*-prod", "r.example/a/b-prod", true),
        ("**", "nginx", true),
        ("**/nginx", "nginx", true),
        ("docker.io/nginx", "nginx", true),
        ("docker.io/*", "nginx", true),
        ("docker.io/*", "a/nginx", false),
        ("*/*", "r.example/a", true),
        ("*/*", "r.example/a/b", false),
        ("localhost:*/a", "localhost:5000/a", true),
        ("localhost:*/a", "localhost/a", false),
    ] {
        let policy = policy(vec![rule(&[pattern], &[])]);
        assert_eq!(rule_for(&policy, image) == pattern, matches, "{pattern} {image}");
    }
}

#[test]
fn patterns_tie_where_neither_decides() {
    for (left, right, ties) in [
        ("r.example/a/**", "r.example/a/**", true),
        ("r.example/a-*", "r.example/*-b", true),
        ("r.example/a-*/x", "r.example/b-*/x", false),
        ("r.example/a/**", "r.example/b/**", false),
        ("r.example/a-*", "r.example/*-bc", false),
        ("r.example/*/b", "r.example/*/c", false),
        ("r.example/**/b", "r.example/**/b", true),
        ("r.example/**/b", "r.example/**/c", false),
        ("r.example/**/a*/**", "r.example/**/*b/**", true),
        ("*.a.example/x", "*.b.example/x", false),
        ("R.example:443/a", "r.example/a", true),
        ("docker.io/nginx", "docker.io/library/nginx", true),
    ] {
        let (one, other) = (ImagePattern::parse(left).unwrap(), ImagePattern::parse(right).unwrap());
        assert_eq!(one.ties_with(&other), ties, "{left} {right}");
        assert_eq!(other.ties_with(&one), ties, "{right} {left}");
    }
}

#[test]
fn what_matches_nothing_or_too_much_is_no_pattern() {
    for text in [
        "*",
        "",
        "/",
        "registry.example",
        "registry.example/",
        "registry.example//a",
        "https://registry.example/a",
        "registry.example/a:1",
        "registry.example/a@sha256:aa",
        "registry.example/A",
        "registry.example/a b",
        "registry.example/a**",
        "registry.example/**/**",
        "registry.example/{a,b}",
        "registry.example/a?",
        "registry.example*/a",
        "registry*/a",
        "reg*.example/a",
        "*registry.example/a",
        "registry.*/a",
        "prod/**",
        "nginx",
        "registry.example:port/a",
        "registry..example/a",
        "r\u{435}gistry.example/a",
        "registry.example/pr\u{43e}d",
    ] {
        assert!(ImagePattern::parse(text).is_err(), "{text:?}");
    }
    assert_eq!(ImagePattern::parse("*").unwrap_err(), PatternError::Star);
    let told = |text: &str| ImagePattern::parse(text).unwrap_err().to_string();
    assert!(told("nginx").contains("`docker.io/library/nginx`"), "{}", told("nginx"));
    assert!(told("org/**").contains("`docker.io/org/**`"), "{}", told("org/**"));
    assert!(ImagePattern::parse(&format!("r.example/{}", "a/".repeat(40))).is_err());
}

/// What the documentation says of patterns, word by word: slow and plain.
fn plainly_matches(pattern: &[&str], names: &[&str]) -> bool {
    match (pattern.split_first(), names.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            let least = usize::from(rest.is_empty());
            (least..=names.len()).any(|taken| plainly_matches(rest, &names[taken..]))
        }
        (Some((part, rest)), Some((name, further))) => {
            let fits = match part.split_once('*') {
                None => part == name,
                Some((head, tail)) => name.len() + 1 >= part.len() && name.starts_with(head) && name.ends_with(tail),
            };
            fits && plainly_matches(rest, further)
        }
        _ => false,
    }
}

fn words<'a>(letters: &[&'a str], longest: usize) -> Vec<Vec<&'a str>> {
    let mut all: Vec<Vec<&str>> = vec![Vec::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        let longer = |word: &Vec<&'a str>| {
            letters.iter().map(|letter| word.iter().copied().chain([*letter]).collect()).collect::<Vec<Vec<&str>>>()
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.clone());
    }
    all.remove(0);
    all
}

#[test]
fn every_short_pattern_matches_what_it_should_and_overlaps_where_a_name_matches_both() {
    let names = words(&["a", "b", "ab"], 5);
    let images: Vec<Reference> =
        names.iter().map(|name| Reference::parse(&format!("r.example/{}", name.join("/"))).unwrap()).collect();
    let mut patterns = Vec::new();
    for parts in words(&["a", "a*", "*b", "*", "**"], 3) {
        let Ok(pattern) = ImagePattern::parse(&format!("r.example/{}", parts.join("/"))) else {
            assert!(parts.windows(2).any(|pair| pair == ["**", "**"]), "{parts:?}");
            continue;
        };
        let matched: Vec<bool> = images.iter().map(|image| pattern.matches(&super::ImageName::of(image))).collect();
        for (name, matched) in names.iter().zip(&matched) {
            assert_eq!(*matched, plainly_matches(&parts, name), "{pattern} {name:?}");
        }
        patterns.push((pattern, matched));
    }
    assert!(patterns.len() > 130, "{}", patterns.len());
    for (left, matched) in &patterns {
        for (right, others) in &patterns {
            let both = matched.iter().zip(others).any(|(left, right)| *left && *right);
            assert_eq!(left.overlaps(right), both, "{left} {right}");
        }
    }
}
