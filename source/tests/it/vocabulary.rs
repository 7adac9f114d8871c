//! The scalars and keys that generated documents are made of.

/// Plain scalars: every class of number, boolean and null, and texts that resemble them.
#[rustfmt::skip] // One word a line would fill pages.
pub(crate) const PLAIN: &[&str] = &[
    "yes", "Yes", "YES", "on", "On", "ON", "y", "Y", "true", "True", "TRUE", "no", "No", "n", "N", "off", "OFF",
    "false", "False", "FALSE", "null", "Null", "NULL", "~", "yES", "oN", "nULL", "nan", "inf", "0", "-0", "+0",
    "1", "-1", "+1", "42", "0777", "0o17", "0O17", "0b11", "0B11", "-0b11", "0b-11", "0b12", "0x1F", "0X1f",
    "0xg", "0x", "0b", "0o", "08", "09.5", "1_000", "1__0", "_1", "1_", "-_1", "0x_1", "1:30", "190:20:30",
    "2001-01-01", "2001-1-1T1:2:3Z", "2001-13-45", "1e3", "1E3", "1e+3", "1e-3", "1e-7", "1.5e300", "1e400",
    "-1e400", "1.", ".5", "-.5", "+.5", ".5_0", "._5", ".5__0", "5._0", "1.5", "1_0.5_0", "01.5", ".", "..",
    "...a", "-", "-a", "--", "+", "+a", "1a", "1e", "e1", "0.1", "100000000000000000000", "9223372036854775807",
    "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775808",
    "-9223372036854775809", "0xFFFFFFFFFFFFFFFF", "0x1FFFFFFFFFFFFFFFF", "123456789.123456789",
    "0.30000000000000004", "5e-324", "1e-400", "1.7976931348623157e308", "4294967296.5", "nginx:1.25", "a b",
    "a  b", "a#b", "a:b", "http://x/y?z", "$(x)", "100m", "64Mi", "1Gi", "=", "<<", "a'b", "a\"b", "it's", "ü",
    "日本", "𝄞", "a,b", "a]b", "x{y}", "\\n", "%a", "a%", "@a", "`a", "<a>", "a&b", "a*b", "a|b", "a>b", "a!b",
    "(a)", "?a", ":a", "-1-2", "2001-01-01x", "0.0", "-0.0", "1.0", "1e0", "-1.0e2", "12e03", "0e0", "00",
    "007", "0_7", "0.", "-.0", "+1.5", "+0x1F", "-0o17", ".inf", "-.INF", ".nan",
];

/// Texts for quotes and block scalars.
#[rustfmt::skip] // One word a line would fill pages.
pub(crate) const TEXTS: &[&str] = &[
    "", "a", "yes", "1", "null", "a b", "  lead", "trail  ", "two\nlines", "é\u{1F600}", "tab\tin", "q'q",
    "q\"q", "back\\slash", "end\n", "\n", "\n\nx", "#no", "a: b", "- a", "{x}",
    "long long long long long long words here",
];

/// Keys as written. No two of different types become the same text: Go would pick one of them at random.
#[rustfmt::skip] // One word a line would fill pages.
pub(crate) const KEYS: &[&str] = &[
    "a", "b", "c", "name", "image", "on", "y", "n", "no", "1", "0x10", "1.5", "1e6", "1e-7", "true", "'on'",
    "\"q\"", "app.kubernetes.io/name", "long-key", "0777", "2001-01-01", "ü", "~x", "x y", "-x", "?x", ".inf",
    "123456.5", "1e21",
];
