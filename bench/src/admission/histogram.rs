//! Server-side times from the webhook's own metrics: the difference of two scrapes of one histogram.

use anyhow::{Context, Result, ensure};

/// Cumulative counts by upper bound in seconds, the sum of seconds, and the count.
pub(crate) struct Scrape {
    buckets: Vec<(f64, f64)>,
    sum: f64,
    count: f64,
}

impl Scrape {
    /// Reads the histogram `name`, summed over its series whose labels contain `label`.
    pub(crate) fn read(metrics: &str, name: &str, label: &str) -> Result<Self> {
        let mut scrape = Self { buckets: Vec::new(), sum: 0.0, count: 0.0 };
        for line in metrics.lines().filter(|line| line.starts_with(name)) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            if !series.contains(label) {
                continue;
            }
            let value: f64 = value.parse().with_context(|| format!("no number: {line}"))?;
            let rest = series.strip_prefix(name).unwrap_or_default();
            if rest.starts_with("_bucket") {
                let bound = series.split("le=\"").nth(1).and_then(|rest| rest.split('"').next()).context("no le")?;
                let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse()? };
                match scrape.buckets.iter_mut().find(|(known, _)| known.total_cmp(&bound).is_eq()) {
                    Some((_, count)) => *count += value,
                    None => scrape.buckets.push((bound, value)),
                }
            } else if rest.starts_with("_sum") {
                scrape.sum += value;
            } else if rest.starts_with("_count") {
                scrape.count += value;
            }
        }
        ensure!(!scrape.buckets.is_empty(), "the webhook has no histogram {name} with {label}");
        scrape.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(scrape)
    }

    /// What came between an earlier scrape and this one.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let before = |bound: f64| {
            earlier.buckets.iter().find(|(known, _)| known.total_cmp(&bound).is_eq()).map_or(0.0, |(_, count)| *count)
        };
        Self {
            buckets: self.buckets.iter().map(|(bound, count)| (*bound, count - before(*bound))).collect(),
            sum: self.sum - earlier.sum,
            count: self.count - earlier.count,
        }
    }

    /// A quantile in microseconds, on a straight line within its bucket as Prometheus has it.
    pub(crate) fn micros(&self, quantile: f64) -> f64 {
        let wanted = self.count * quantile;
        let (mut low, mut below) = (0.0, 0.0);
        for (bound, count) in &self.buckets {
            if *count >= wanted {
                let share = if count > &below { (wanted - below) / (count - below) } else { 0.0 };
                let high = if bound.is_finite() { *bound } else { low };
                return (low + (high - low) * share) * 1e6;
            }
            (low, below) = (*bound, *count);
        }
        low * 1e6
    }

    /// The mean in microseconds.
    pub(crate) fn mean(&self) -> f64 {
        self.sum / self.count * 1e6
    }
}
