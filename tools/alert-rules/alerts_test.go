// The alert rules of the chart, judged by Prometheus' own code: the file is one that Prometheus loads, each alert fires in
// the situation it is for, and none fires while all is well. How long an alert must hold (`for`) is not tested.
package alerts

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
)

const file = "../../charts/platlint/files/alerts.yaml"

// What is seen of two replicas and an API server while all is well; one sample a minute over four days.
var healthy = []string{
	`platlint_ready{pod="a"} 1x5760`,
	`platlint_ready{pod="b"} 1x5760`,
	`platlint_reload_failed{pod="a"} 0x5760`,
	`platlint_revision_info{pod="a", revision="sha256:1"} 1x5760`,
	`platlint_revision_info{pod="b", revision="sha256:1"} 1x5760`,
	`platlint_certificate_expires_in_seconds{pod="a"} 300000x5760`,
	`platlint_uncovered_rules{pod="a"} 0x5760`,
	`platlint_cluster_writes_total{pod="a", action="restored"} 2x5760`,
	`platlint_cluster_writes_total{pod="a", action="failed"} 5x5760`,
	`platlint_policy_faults_total{pod="a", rule="r", kind="budget"} 3x5760`,
	`platlint_mutations_undone_total{pod="a", rule="r"} 7x5760`,
	`platlint_worker_panics_total{pod="a"} 0x5760`,
	`platlint_patch_failures_total{pod="a"} 0x5760`,
	`platlint_cache_age_seconds{pod="a", kind="v1/Namespace"} 30x5760`,
	`platlint_decision_log_dropped_total{pod="a"} 0x5760`,
	`platlint_image_lookups_total{pod="a", status="verified"} 0+60x5760`,
	`platlint_image_lookups_total{pod="a", status="unknown"} 0+1x5760`,
	`platlint_request_duration_seconds_count{pod="a", path="validate", outcome="allowed"} 0+600x5760`,
	`platlint_request_duration_seconds_count{pod="a", path="validate", outcome="shed"} 0+1x5760`,
	`apiserver_admission_webhook_request_total{name="validate.platlint.dev"} 0+600x5760`,
	`apiserver_admission_webhook_request_total{name="other.example"} 0+600x5760`,
	`apiserver_admission_webhook_rejection_count{name="validate.platlint.dev", error_type="no_error"} 0+300x5760`,
	`apiserver_admission_webhook_rejection_count{name="other.example", error_type="calling_webhook_error"} 0+300x5760`,
	`apiserver_admission_webhook_fail_open_count{name="mutate.platlint.dev"} 2x5760`,
	`apiserver_admission_webhook_admission_duration_seconds_bucket{name="validate.platlint.dev", le="0.025"} 0+598x5760`,
	`apiserver_admission_webhook_admission_duration_seconds_count{name="validate.platlint.dev"} 0+600x5760`,
}

// Which alerts fire, by what differs from health. A line replaces that of the same series; `-` takes one away.
var situations = map[string]struct {
	change []string
	fires  []string
}{
	"all is well": {nil, nil},
	"calls of a cluster without traffic are no objective missed": {
		[]string{
			`apiserver_admission_webhook_request_total{name="validate.platlint.dev"} 600x5760`,
			`apiserver_admission_webhook_admission_duration_seconds_count{name="validate.platlint.dev"} 600x5760`,
		}, nil,
	},
	"an outage of four minutes": {
		[]string{
			`apiserver_admission_webhook_rejection_count{name="validate.platlint.dev", error_type="calling_webhook_error"} 0x5755 600+600x3`,
		},
		[]string{"PlatlintUnanswered"},
	},
	"an outage of an hour, which uses up the budget of days, too": {
		[]string{
			`apiserver_admission_webhook_rejection_count{name="validate.platlint.dev", error_type="calling_webhook_error"} 0x5699 0+600x60`,
		},
		[]string{"PlatlintUnanswered", "PlatlintUnansweredSlowly"},
	},
	"two in a thousand for days": {
		[]string{
			`apiserver_admission_webhook_fail_open_count{name="validate.platlint.dev"} 0+1.2x5760`,
		},
		[]string{"PlatlintUnansweredSlowly"},
	},
	"half the calls are slow": {
		[]string{
			`apiserver_admission_webhook_admission_duration_seconds_bucket{name="validate.platlint.dev", le="0.025"} 0+300x5760`,
		},
		[]string{"PlatlintSlow", "PlatlintSlowSlowly"},
	},
	"no replica is ready":       {[]string{`platlint_ready{pod="a"} 0x5760`, `platlint_ready{pod="b"} 0x5760`}, []string{"PlatlintDown"}},
	"no replica is seen at all": {[]string{`- platlint_ready{pod="a"}`, `- platlint_ready{pod="b"}`}, []string{"PlatlintDown"}},
	"one replica is ready":      {[]string{`platlint_ready{pod="b"} 0x5760`}, []string{"PlatlintOneReplica"}},
	"load is shed": {
		[]string{`platlint_request_duration_seconds_count{pod="a", path="validate", outcome="shed"} 0+30x5760`},
		[]string{"PlatlintOverloaded"},
	},
	"a reload failed": {[]string{`platlint_reload_failed{pod="a"} 0x5750 1x10`}, []string{"PlatlintReloadFailed"}},
	"replicas differ": {
		[]string{`platlint_revision_info{pod="b", revision="sha256:1"} _x5760`, `platlint_revision_info{pod="b", revision="sha256:2"} 1x5760`},
		[]string{"PlatlintRevisionsDiffer"},
	},
	"a certificate is about to end": {[]string{`platlint_certificate_expires_in_seconds{pod="a"} 3600x5760`}, []string{"PlatlintCertificateExpires"}},
	"a certificate has ended":       {[]string{`platlint_certificate_expires_in_seconds{pod="a"} -5x5760`}, []string{"PlatlintCertificateExpires"}},
	"a configuration lacks kinds":   {[]string{`platlint_uncovered_rules{pod="a"} 4x5760`}, []string{"PlatlintRulesWithoutTraffic"}},
	"somebody changes a configuration": {
		[]string{`platlint_cluster_writes_total{pod="a", action="restored"} 2x5740 3+1x19`},
		[]string{"PlatlintConfigurationContested"},
	},
	"a permission is missing": {
		[]string{`platlint_cluster_writes_total{pod="a", action="failed"} 0+1x5760`},
		[]string{"PlatlintWritesFail"},
	},
	"a rule fails": {
		[]string{`platlint_policy_faults_total{pod="a", rule="r", kind="budget"} 3x5755 4x5`},
		[]string{"PlatlintPolicyFault"},
	},
	"two controllers fight": {
		[]string{`platlint_mutations_undone_total{pod="a", rule="r"} 0+4x5760`},
		[]string{"PlatlintMutationLoop"},
	},
	"mutation was skipped": {
		[]string{`apiserver_admission_webhook_fail_open_count{name="mutate.platlint.dev"} 2x5755 3x5`},
		[]string{"PlatlintMutationSkipped"},
	},
	"a panic":                {[]string{`platlint_worker_panics_total{pod="a"} 0x5755 1x5`}, []string{"PlatlintFault"}},
	"a watch is dead":        {[]string{`platlint_cache_age_seconds{pod="a", kind="v1/Namespace"} 900x5760`}, []string{"PlatlintCacheStale"}},
	"decisions are not kept": {[]string{`platlint_decision_log_dropped_total{pod="a"} 0x5755 9x5`}, []string{"PlatlintDecisionsLost"}},
	"a registry is down":     {[]string{`platlint_image_lookups_total{pod="a", status="unknown"} 0+30x5760`}, []string{"PlatlintImagesNotKnown"}},
	"no image is looked up":  {[]string{`platlint_image_lookups_total{pod="a", status="verified"} 7x5760`, `platlint_image_lookups_total{pod="a", status="unknown"} 3x5760`}, nil},
}

func series(line string) string {
	return line[:strings.LastIndex(line, "}")+1]
}

// The healthy series with a situation's changes, as `load` of Prometheus' test language.
func load(change []string) string {
	lines := map[string]string{}
	for _, line := range healthy {
		lines[series(line)] = line
	}
	for _, line := range change {
		if gone, taken := strings.CutPrefix(line, "- "); taken {
			delete(lines, gone)
		} else {
			lines[series(line)] = line
		}
	}
	text := "load 1m\n"
	for _, line := range lines {
		text += "  " + line + "\n"
	}
	return text
}

func TestAlertsFireWhenTheyShould(t *testing.T) {
	groups, errs := rulefmt.ParseFile(file, false, model.UTF8Validation)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 50_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute})
	defer engine.Close()
	now := time.Unix(0, 0).Add(5760 * time.Minute)
	covered := map[string]bool{}
	for name, situation := range situations {
		t.Run(name, func(t *testing.T) {
			storage := promqltest.LoadedStorage(t, load(situation.change))
			evaluate := func(expression string) promql.Vector {
				query, err := engine.NewInstantQuery(context.Background(), storage, nil, expression, now)
				if err != nil {
					t.Fatalf("%s: %v", expression, err)
				}
				defer query.Close()
				vector, err := query.Exec(context.Background()).Vector()
				if err != nil {
					t.Fatalf("%s: %v", expression, err)
				}
				return slices.Clone(vector)
			}
			var fired []string
			for _, group := range groups.Groups {
				for _, rule := range group.Rules {
					vector := evaluate(rule.Expr)
					switch {
					case rule.Record != "":
						appender := storage.Appender(context.Background())
						for _, sample := range vector {
							name := labels.NewBuilder(sample.Metric).Set("__name__", rule.Record).Labels()
							if _, err := appender.Append(0, name, now.UnixMilli(), sample.F); err != nil {
								t.Fatal(err)
							}
						}
						if err := appender.Commit(); err != nil {
							t.Fatal(err)
						}
					case len(vector) > 0:
						fired = append(fired, rule.Alert)
						covered[rule.Alert] = true
					}
				}
			}
			if !slices.Equal(fired, situation.fires) {
				t.Errorf("fired: %v, expected: %v", fired, situation.fires)
			}
		})
	}
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			if rule.Alert != "" && !covered[rule.Alert] {
				t.Errorf("no situation makes %s fire", rule.Alert)
			}
		}
	}
}
