package platlint.ownership.owner_annotation_test

import data.platlint.lib.testing
import data.platlint.ownership.owner_annotation as rule

defaults := {
	"annotation": "owner",
	"extraKinds": [],
	"controlled": ["Pod", "ReplicaSet", "Job"],
	"placeholders": ["todo", "tbd", "changeme", "unknown", "none", "n/a", "your-team"],
}

of(group, kind, manifest, parameters) := testing.of_object(
	{"group": group, "version": "v1", "kind": kind},
	"shop", manifest, [], null, parameters,
)

annotated(value) := of("apps", "Deployment", {"metadata": {"annotations": {"owner": value}}}, defaults)

entity(owner) := of("backstage.io", "Component", {"spec": {"owner": owner}}, defaults)

denied(made) := count(found) if {
	found := rule.deny with input as made
}

undecided(made) := count(found) if {
	found := rule.undecided with input as made
}

test_passes_an_owner if {
	denied(annotated("team-shop")) == 0
	denied(entity("team-shop")) == 0
}

test_denies_a_missing_annotation_at_its_place if {
	made := of("apps", "Deployment", {"metadata": {}}, defaults)
	rule.deny == {{
		"msg": "Deployment names no owner: annotation \"owner\" is missing",
		"path": ["metadata", "annotations", "owner"],
	}} with input as made
}

test_denies_a_missing_owner_of_an_entity_at_its_place if {
	made := of("backstage.io", "System", {"spec": null}, defaults)
	rule.deny == {{"msg": "System names no owner: spec.owner is missing", "path": ["spec", "owner"]}} with input as made
}

test_null_and_wrongly_typed_parents_are_no_owner if {
	manifests := [
		{}, {"metadata": null}, {"metadata": []}, {"metadata": {"annotations": null}}, {"metadata": {"annotations": []}},
		{"metadata": {"annotations": "owner: me"}}, {"metadata": {"annotations": {"owner": null}}},
		{"metadata": {"annotations": {"Owner": "team-shop"}}}, {"metadata": {"labels": {"owner": "team-shop"}}},
		{"spec": {"template": {"metadata": {"annotations": {"owner": "team-shop"}}}}},
	]
	wrong := [manifest |
		some manifest in manifests
		denied(of("apps", "Deployment", manifest, defaults)) != 1
	]
	wrong == []
}

nobody := [
	"", " ", "\t\n", "\u00a0", "\u200b", "\ufeff", "\u2060\u200d", "\u3164", "\u00ad", "-", "--", "???", "...", "_",
	"TODO", "todo", " Todo ", "\u200btbd\u200b", "TBD", "ChangeMe", "unknown", "None", "N/A", "your-team",
	"<team>", " <your team here> ", "${OWNER}", "$(OWNER)", "{{ .Values.owner }}",
	7, 1.5, true, false, [], ["team-shop"], {}, {"team": "shop"},
]

test_values_that_name_nobody if {
	wrong := [value |
		some value in nobody
		denied(annotated(value)) != 1
	]
	wrong == []
}

test_values_that_name_nobody_in_entities if {
	wrong := [value |
		some value in nobody
		denied(entity(value)) != 1
	]
	wrong == []
}

test_words_within_names_are_no_placeholders if {
	wrong := [value |
		some value in ["team-todo", "todo-app", "nonesuch", "équipe-caisse", "チーム", "x", "7", "jane@example.com", "Team Shop"]
		denied(annotated(value)) != 0
	]
	wrong == []
}

judged := [
	["", "Namespace"], ["", "Service"], ["", "Pod"], ["", "ReplicationController"],
	["apps", "Deployment"], ["apps", "StatefulSet"], ["apps", "DaemonSet"], ["apps", "ReplicaSet"],
	["batch", "Job"], ["batch", "CronJob"], ["networking.k8s.io", "Ingress"],
	["argoproj.io", "Rollout"], ["argoproj.io", "Application"], ["argoproj.io", "ApplicationSet"],
	["serving.knative.dev", "Service"],
	["backstage.io", "Component"], ["backstage.io", "API"], ["backstage.io", "Resource"], ["backstage.io", "System"],
	["backstage.io", "Domain"], ["scaffolder.backstage.io", "Template"],
]

test_judges_each_kind if {
	missed := [kind |
		some kind in judged
		denied(of(kind[0], kind[1], {}, defaults)) != 1
	]
	missed == []
}

test_other_kinds_are_not_judged if {
	kinds := [
		["", "ConfigMap"], ["", "PersistentVolumeClaim"], ["apps", "ControllerRevision"], ["argoproj.io", "AppProject"],
		["backstage.io", "Group"], ["backstage.io", "User"], ["backstage.io", "Location"], ["example.org", "Deployment"],
	]
	judged_too := [kind |
		some kind in kinds
		denied(of(kind[0], kind[1], {}, defaults)) != 0
	]
	judged_too == []
}

test_extra_kinds_are_judged if {
	parameters := object.union(defaults, {"extraKinds": [{"group": "", "kind": "PersistentVolumeClaim"}]})
	denied(of("", "PersistentVolumeClaim", {}, parameters)) == 1
	denied(of("example.org", "PersistentVolumeClaim", {}, parameters)) == 0
}

test_the_annotation_can_be_chosen if {
	parameters := object.union(defaults, {"annotation": "example.org/owner"})
	manifest := {"metadata": {"annotations": {"example.org/owner": "team-shop"}}}
	denied(of("", "Service", manifest, parameters)) == 0
	denied(annotated("team-shop")) == 0
	denied(of("", "Service", {"metadata": {"annotations": {"owner": "team-shop"}}}, parameters)) == 1
}

made_by(made, controllers) := object.union(made, {"review": {"controllers": controllers}})

replica_set := {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1"}

test_objects_made_by_controllers_are_not_judged if {
	denied(made_by(of("", "Pod", {}, defaults), [replica_set])) == 0
	denied(made_by(of("", "Pod", {}, defaults), [replica_set, replica_set])) == 0
	denied(made_by(of("batch", "Job", {}, defaults), [replica_set])) == 0
	denied(made_by(of("apps", "Deployment", {}, defaults), [replica_set])) == 1
	denied(made_by(of("apps", "Deployment", {}, object.union(defaults, {"controlled": ["Deployment"]})), [replica_set])) == 0
}

test_who_made_an_object_is_not_read_from_the_object if {
	owned := {"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "name": "web", "controller": true}]}}
	denied(of("", "Pod", owned, defaults)) == 1
	denied(made_by(of("", "Pod", owned, defaults), [])) == 1
	without := object.remove(of("", "Pod", {}, defaults).review, ["controllers"])
	denied({"review": without, "parameters": defaults}) == 1
}

definitions := {"cluster": {
	"apiextensions.crossplane.io/v1": {"CompositeResourceDefinition": {"xdatabases.example.org": {"spec": {
		"group": "example.org",
		"names": {"kind": "XDatabase"},
		"claimNames": {"kind": "Database"},
	}}}},
	"apiextensions.crossplane.io/v2": {"CompositeResourceDefinition": {
		"queues.example.org": {"spec": {"group": "example.org", "names": {"kind": "Queue"}}},
		"nets.example.org": {"spec": {"group": "example.org", "scope": "Cluster", "names": {"kind": "Net"}}},
		"broken.example.org": {"spec": null},
	}},
}}

test_claims_of_known_definitions_are_judged if {
	cases := [["Database", 1], ["Queue", 1], ["XDatabase", 0], ["Net", 0], ["Other", 0]]
	wrong := [kind |
		some [kind, expected] in cases
		made := of("example.org", kind, {}, defaults)
		found := rule.deny with input as made with data.inventory as definitions
		count(found) != expected
	]
	wrong == []
}

test_claims_composed_by_others_are_not_judged if {
	made := made_by(of("example.org", "Queue", {}, defaults), [replica_set])
	found := rule.deny with input as made with data.inventory as definitions
	count(found) == 0
}

catalog := {"entities": {
	"group:default/team-shop": {"kind": "Group"},
	"group:pay/team-pay": {"kind": "Group"},
	"user:default/jane": {"kind": "User"},
	"component:default/cart": {"kind": "Component"},
	"group:default/gone": null,
}}

test_owners_are_looked_up_where_a_catalog_is_known if {
	cases := [
		["team-shop", 0], ["Team-Shop", 0], ["group:team-shop", 0], ["default/team-shop", 0],
		["Group:Default/Team-Shop", 0], ["user:jane", 0], ["user:default/jane", 0], ["pay/team-pay", 0],
		["jane", 1], ["team-pay", 1], ["group:jane", 1], ["cart", 1], ["component:cart", 1], ["component:default/cart", 1],
		["jane@example.com", 1], ["team-shop, team-pay", 1], ["a/b/c", 1], ["gone", 1], ["group:", 1], ["/team-shop", 1],
	]
	wrong := [value |
		some [value, expected] in cases
		made := annotated(value)
		found := rule.deny with input as made with data.catalog as catalog
		count(found) != expected
	]
	wrong == []
}

test_an_entity_looks_in_its_own_namespace if {
	made := of("backstage.io", "API", {"metadata": {"namespace": "Pay"}, "spec": {"owner": "team-pay"}}, defaults)
	found := rule.deny with input as made with data.catalog as catalog
	count(found) == 0
	other := entity("team-pay")
	missing := rule.deny with input as other with data.catalog as catalog
	{m.msg | some m in missing} == {"spec.owner is \"team-pay\", which is no Group or User in the catalog"}
}

test_only_groups_and_users_own_entities if {
	found := rule.deny with input as entity("component:cart")
	{f.msg | some f in found} == {"spec.owner is \"component:cart\", but only a Group or a User can own something"}
	with_catalog := rule.deny with input as entity("component:cart") with data.catalog as catalog
	with_catalog == found
}

test_a_broken_catalog_knows_nobody if {
	wrong := [entities |
		some entities in [{}, [], null, "none"]
		made := annotated("team-shop")
		found := rule.deny with input as made with data.catalog as {"entities": entities}
		count(found) != 1
	]
	wrong == []
}

test_skeletons_are_undecided if {
	wrong := [value |
		some value in ["${{ values.owner }}", "group:${{values.owner}}", {"$text": "./owner.txt"}]
		made := entity(value)
		[denied(made), undecided(made)] != [0, 1]
	]
	wrong == []
}

test_a_template_in_a_kubernetes_object_is_a_placeholder if {
	made := annotated("${{ values.owner }}")
	[denied(made), undecided(made)] == [1, 0]
}

test_a_missing_owner_is_said_to_be_missing if {
	wrong := [made |
		some made in [annotated(null), entity(null)]
		found := rule.deny with input as made
		[f.msg | some f in found; contains(f.msg, "is missing")] == []
	]
	wrong == []
}

test_nobody_is_one_finding_with_a_catalog_too if {
	values := array.concat(nobody, ["{{ a:b }}", "<component:cart>"])
	wrong := [value |
		some value in values
		some made in [annotated(value), entity(value)]
		found := rule.deny with input as made with data.catalog as catalog
		count(found) != 1
	]
	wrong == []
}

test_an_entity_can_need_both if {
	parameters := object.union(defaults, {"extraKinds": [{"group": "backstage.io", "kind": "Component"}]})
	with_owner := of("backstage.io", "Component", {"spec": {"owner": "team-shop"}}, parameters)
	found := rule.deny with input as with_owner
	{f.path | some f in found} == {["metadata", "annotations", "owner"]}
	with_annotation := of("backstage.io", "Component", {"metadata": {"annotations": {"owner": "team-shop"}}}, parameters)
	others := rule.deny with input as with_annotation
	{f.path | some f in others} == {["spec", "owner"]}
}

test_half_an_angle_bracket_is_no_placeholder if {
	denied(annotated("<team")) == 0
	denied(annotated("team>")) == 0
}

test_groups_and_users_own_entities_without_a_catalog if {
	denied(entity("group:default/team-shop")) == 0
	denied(entity("User:jane")) == 0
}

test_a_definition_may_say_that_it_is_namespaced if {
	xrd := {"spec": {"group": "example.org", "scope": "Namespaced", "names": {"kind": "Queue"}}}
	inventory := {"cluster": {"apiextensions.crossplane.io/v2": {"CompositeResourceDefinition": {"q": xrd}}}}
	found := rule.deny with input as of("example.org", "Queue", {}, defaults) with data.inventory as inventory
	count(found) == 1
}

patches(made, known) := found if {
	found := rule.patch with input as made with data.inventory as known
}

namespace_owned(value) := {"cluster": {"v1": {"Namespace": {"shop": {"metadata": {"annotations": {"owner": value}}}}}}}

copied(value) := {{"op": "set", "path": ["metadata", "annotations", "owner"], "value": value}}

test_copies_the_owner_of_the_namespace if {
	known := namespace_owned("team-shop")
	wrong := [manifest |
		some manifest in [
			{}, {"metadata": null}, {"metadata": {"name": "web"}}, {"metadata": {"annotations": null}},
			{"metadata": {"annotations": {}}}, {"metadata": {"annotations": {"owner": null}}},
			{"metadata": {"annotations": {"other": "x"}}},
		]
		patches(of("apps", "Deployment", manifest, defaults), known) != copied("team-shop")
	]
	wrong == []
}

test_copies_to_each_kind_that_needs_the_annotation if {
	missed := [kind |
		some kind in judged
		not endswith(kind[0], "backstage.io")
		kind[1] != "Namespace"
		patches(of(kind[0], kind[1], {}, defaults), namespace_owned("team-shop")) != copied("team-shop")
	]
	missed == []
}

test_what_is_written_stays if {
	wrong := [value |
		some value in array.concat(nobody, ["team-pay", 7, true, [], {}])
		made := of("apps", "Deployment", {"metadata": {"annotations": {"owner": value}}}, defaults)
		patches(made, namespace_owned("team-shop")) != set()
	]
	wrong == []
}

test_copies_nothing_below_what_is_no_map if {
	wrong := [manifest |
		some value in array.slice(testing.malformed, 2, 99)
		some manifest in [{"metadata": value}, {"metadata": {"annotations": value}}]
		made := of("apps", "Deployment", manifest, defaults)
		[denied(made), patches(made, namespace_owned("team-shop"))] != [1, set()]
	]
	wrong == []
}

test_copies_no_owner_that_names_nobody if {
	wrong := [value |
		some value in array.concat(nobody, [null, 7, true, [], {}, "${{ values.owner }}", "<team>"])
		patches(of("apps", "Deployment", {}, defaults), namespace_owned(value)) != set()
	]
	wrong == []
}

test_copies_nothing_from_namespaces_that_say_nothing if {
	wrong := [namespace |
		some namespace in array.concat(testing.malformed, [null, {"metadata": null}, {"metadata": {"annotations": []}}])
		known := {"cluster": {"v1": {"Namespace": {"shop": namespace}}}}
		patches(of("apps", "Deployment", {}, defaults), known) != set()
	]
	wrong == []
}

test_copies_only_from_the_own_namespace if {
	kind := {"group": "apps", "version": "v1", "kind": "Deployment"}
	known := namespace_owned("team-shop")
	wrong := [namespace |
		some namespace in ["pay", "", null]
		patches(testing.of_object(kind, namespace, {}, [], null, defaults), known) != set()
	]
	wrong == []
	patches(of("apps", "Deployment", {}, defaults), {}) == set()
}

test_an_unknown_namespace_decides_as_before if {
	kind := {"group": "apps", "version": "v1", "kind": "Deployment"}
	made := testing.of_object(kind, null, {}, [], null, defaults)
	[denied(made), undecided(made)] == [1, 0]
}

test_the_namespace_does_not_speak_for_the_object if {
	made := of("apps", "Deployment", {}, defaults)
	found := rule.deny with input as made with data.inventory as namespace_owned("team-shop")
	count(found) == 1
}

test_objects_of_controllers_and_other_kinds_are_not_changed if {
	known := namespace_owned("team-shop")
	patches(made_by(of("", "Pod", {}, defaults), [replica_set]), known) == set()
	patches(of("", "ConfigMap", {}, defaults), known) == set()
	patches(of("backstage.io", "Component", {}, defaults), known) == set()
}

test_copies_the_annotation_that_was_chosen if {
	parameters := object.union(defaults, {"annotation": "example.org/owner"})
	known := {"cluster": {"v1": {"Namespace": {"shop": {"metadata": {"annotations": {"example.org/owner": "team-shop", "owner": "x"}}}}}}}
	found := patches(of("", "Service", {}, parameters), known)
	found == {{"op": "set", "path": ["metadata", "annotations", "example.org/owner"], "value": "team-shop"}}
}

test_copies_only_owners_that_the_catalog_knows if {
	made := of("apps", "Deployment", {}, defaults)
	known := rule.patch with input as made with data.inventory as namespace_owned("Team-Shop") with data.catalog as catalog
	known == copied("Team-Shop")
	wrong := [value |
		some value in ["team-gone", "cart", "jane"]
		found := rule.patch with input as made with data.inventory as namespace_owned(value) with data.catalog as catalog
		found != set()
	]
	wrong == []
}

test_names_the_owner_that_may_have_been_meant if {
	known := {"platform": {"owner": {"ref": "group:default/team-shpo", "status": "missing", "suggestion": "team-shop"}}}
	misspelt := object.union(entity("team-shpo"), known)
	found := rule.deny with input as misspelt with data.catalog as catalog
	found == {{
		"msg": "spec.owner is \"team-shpo\", which is no Group or User in the catalog; did you mean \"team-shop\"?",
		"path": ["spec", "owner"],
	}}
	plain := rule.deny with input as entity("team-shpo") with data.catalog as catalog
	{f.msg | some f in plain} == {"spec.owner is \"team-shpo\", which is no Group or User in the catalog"}
}

test_the_annotation_of_an_object_is_not_what_the_entity_names if {
	known := {"platform": {"owner": {"ref": "group:default/x", "status": "missing", "suggestion": "team-shop"}}}
	found := rule.deny with input as object.union(annotated("team-shpo"), known) with data.catalog as catalog
	{f.msg | some f in found; contains(f.msg, "did you mean")} == set()
}

test_a_sample_stands_for_an_owner_that_exists if {
	made := [annotated("group:default/platlint-sample-owner"), entity("platlint-sample-owner")]
	wrong := [sample |
		some sample in made
		found := rule.deny with input as sample with data.catalog as catalog
		found != set()
	]
	wrong == []
}

test_a_name_that_no_entity_can_have_is_told_once if {
	noted := {"platform": {"owner": {"status": "missing", "problem": "name"}}}
	wrong := [value |
		some value in array.concat(nobody, ["Team A", "group:", "  team-shop ", " group:team-shop", ":x", "jane@example.com"])
		found := rule.deny with input as object.union(entity(value), noted)
		count(found) != 1
	]
	wrong == []
	on_an_object := rule.deny with input as object.union(annotated("Team A"), noted)
	on_an_object == set()
}

test_white_space_is_part_of_what_an_entity_names if {
	found := rule.deny with input as entity("  team-shop ") with data.catalog as catalog
	{f.msg | some f in found} == {"spec.owner is \"  team-shop \", which is no Group or User in the catalog"}
	on_an_object := rule.deny with input as annotated("  team-shop ") with data.catalog as catalog
	on_an_object == set()
}

test_has_nothing_to_say_where_the_owner_is_settled if {
	settled := {"platform": {"settled": ["owner"]}}
	found := rule.deny with input as object.union(entity("team-gone"), settled) with data.catalog as catalog
	found == set()
	nobody_in_the_catalog := rule.deny with input as object.union(entity("Unknown"), settled)
	count(nobody_in_the_catalog) == 1
	on_an_object := rule.deny with input as object.union(annotated("todo"), settled)
	count(on_an_object) == 1
}
