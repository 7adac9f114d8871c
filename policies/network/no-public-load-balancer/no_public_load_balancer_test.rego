package platlint.network.no_public_load_balancer_test

import data.platlint.lib.testing
import data.platlint.network.no_public_load_balancer as rule

clouds := [
	"aws", "aws-load-balancer-controller", "gcp", "azure", "oci", "openstack", "alibaba", "digitalocean", "ibm", "scaleway",
	"hetzner",
]

scheme := "service.beta.kubernetes.io/aws-load-balancer-scheme"

aws := "service.beta.kubernetes.io/aws-load-balancer-internal"

azure := "service.beta.kubernetes.io/azure-load-balancer-internal"

defaults := {
	"namespaces": ["prod-secure-*"],
	"clouds": clouds,
	"classes": {"service.k8s.aws/nlb": {scheme: "internal"}, "networking.gke.io/l4-regional-internal": {}},
	"nodePorts": false,
	"ingressClasses": {"public": [], "internal": []},
	"gatewayClasses": {"public": [], "internal": []},
}

listed := object.union(defaults, {
	"ingressClasses": {"public": ["nginx"], "internal": ["nginx-internal"]},
	"gatewayClasses": {"public": ["edge"], "internal": ["mesh"]},
})

of(group, kind, namespace, object_, parameters) := testing.of_object(
	{"group": group, "version": "v1", "kind": kind},
	namespace, object_, [], null, parameters,
)

service(annotations, spec) := of("", "Service", "prod-secure-eu", {"metadata": {"annotations": annotations}, "spec": spec}, defaults)

denied(made) := count(found) if found := rule.deny with input as made

undecided(made) := count(found) if found := rule.undecided with input as made

test_denies_a_load_balancer_without_annotations if {
	made := service(null, {"type": "LoadBalancer"})
	rule.deny == {{
		"msg": "the load balancer is public: no annotation makes it internal; namespace \"prod-secure-eu\" must not be reachable from outside",
		"path": ["spec", "type"],
	}} with input as made
	undecided(made) == 0
}

test_other_types_are_not_judged if {
	wrong := [spec |
		some spec in [{}, null, {"type": null}, {"type": "ClusterIP"}, {"type": "NodePort"}, {"type": "ExternalName"}, {"externalIPs": []}, {"externalIPs": null}]
		made := service({}, spec)
		[denied(made), undecided(made)] != [0, 0]
	]
	wrong == []
}

test_other_namespaces_are_not_judged if {
	wrong := [namespace |
		some namespace in ["prod", "prod-secure", "xprod-secure-eu", "PROD-SECURE-eu", "default", ""]
		made := of("", "Service", namespace, {"spec": {"type": "LoadBalancer", "externalIPs": ["198.51.100.7"]}}, defaults)
		[denied(made), undecided(made)] != [0, 0]
	]
	wrong == []
}

test_an_unknown_namespace_is_undecided_only_where_it_matters if {
	balancer := of("", "Service", null, {"spec": {"type": "LoadBalancer"}}, defaults)
	[denied(balancer), undecided(balancer)] == [0, 1]
	plain := of("", "Service", null, {"spec": {"type": "ClusterIP"}}, defaults)
	[denied(plain), undecided(plain)] == [0, 0]
	internal := of("", "Service", null, {"metadata": {"annotations": {azure: "true"}}, "spec": {"type": "LoadBalancer"}}, defaults)
	[denied(internal), undecided(internal)] == [0, 0]
}

internal := [
	{aws: "true"},
	{aws: "true", scheme: "internal"},
	{scheme: "internal"},
	{"networking.gke.io/load-balancer-type": "Internal"},
	{"cloud.google.com/load-balancer-type": "Internal"},
	{azure: "true"},
	{"service.beta.kubernetes.io/oci-load-balancer-internal": "true"},
	{"oci.oraclecloud.com/load-balancer-type": "nlb", "oci-network-load-balancer.oraclecloud.com/internal": "true"},
	{"service.beta.kubernetes.io/openstack-internal-load-balancer": "true"},
	{"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": "intranet"},
	{"service.beta.kubernetes.io/do-loadbalancer-network": "INTERNAL"},
	{"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": "private"},
	{"service.beta.kubernetes.io/scw-loadbalancer-private": "true"},
	{"load-balancer.hetzner.cloud/disable-public-network": "true"},
	{azure: "true", aws: null},
]

test_exact_annotations_make_it_internal if {
	wrong := [annotations |
		some annotations in internal
		denied(service(annotations, {"type": "LoadBalancer"})) != 0
	]
	wrong == []
}

public := [
	{aws: "True"}, {aws: "yes"}, {aws: "1"}, {aws: "false"}, {aws: ""}, {aws: " true"}, {aws: true}, {aws: null},
	{aws: "0.0.0.0/0"},
	{scheme: "internet-facing"}, {scheme: "Internal"},
	{aws: "true", scheme: "internet-facing"},
	{"networking.gke.io/load-balancer-type": "External", "cloud.google.com/load-balancer-type": "Internal"},
	{"networking.gke.io/load-balancer-type": "internal"},
	{"cloud.google.com/load-balancer-type": "INTERNAL"},
	{azure: "TRUE"}, {azure: 1}, {azure: ["true"]},
	{"service.beta.kubernetes.io/azure-load-balancer-internaI": "true"},
	{"Service.beta.kubernetes.io/azure-load-balancer-internal": "true"},
	{"oci-network-load-balancer.oraclecloud.com/internal": "true"},
	{"oci.oraclecloud.com/load-balancer-type": "nlb", "service.beta.kubernetes.io/oci-load-balancer-internal": "true"},
	{"service.beta.kubernetes.io/do-loadbalancer-network": "internal"},
	{"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": "internet"},
	{}, null, [], "internal",
]

test_anything_else_does_not if {
	wrong := [annotations |
		some annotations in public
		denied(service(annotations, {"type": "LoadBalancer"})) != 1
	]
	wrong == []
}

test_annotations_of_clouds_that_are_not_configured_do_not_count if {
	made := of(
		"", "Service", "prod-secure-eu",
		{"metadata": {"annotations": {azure: "true"}}, "spec": {"type": "LoadBalancer"}},
		object.union(defaults, {"clouds": ["gcp"]}),
	)
	found := rule.deny with input as made
	{contains(f.msg, "not read by the configured clouds") | some f in found} == {true}
}

test_the_cloud_controller_of_aws_does_not_read_the_scheme if {
	made := of(
		"", "Service", "prod-secure-eu",
		{"metadata": {"annotations": {scheme: "internal"}}, "spec": {"type": "LoadBalancer"}},
		object.union(defaults, {"clouds": ["aws"]}),
	)
	denied(made) == 1
}

test_the_class_decides_where_it_is_set if {
	cases := [
		["service.k8s.aws/nlb", {scheme: "internal"}, 0],
		["service.k8s.aws/nlb", {scheme: "internet-facing"}, 1],
		["service.k8s.aws/nlb", {}, 1],
		["service.k8s.aws/nlb", {azure: "true"}, 1],
		["networking.gke.io/l4-regional-internal", {}, 0],
		["networking.gke.io/l4-regional-external", {"networking.gke.io/load-balancer-type": "Internal"}, 1],
		["example.com/other", {aws: "true"}, 1],
		["", {aws: "true"}, 1],
		[7, {aws: "true"}, 1],
		[null, {aws: "true"}, 0],
		[null, {}, 1],
	]
	wrong := [[class, n] |
		some [class, annotations, expected] in cases
		n := denied(service(annotations, {"type": "LoadBalancer", "loadBalancerClass": class}))
		n != expected
	]
	wrong == []
}

test_denies_external_ips_at_any_type if {
	wrong := [type |
		some type in ["ClusterIP", "NodePort", null]
		made := service({}, {"type": type, "externalIPs": ["198.51.100.7"]})
		found := rule.deny with input as made
		{f.path | some f in found} != {["spec", "externalIPs"]}
	]
	wrong == []
}

test_node_ports_only_where_wanted if {
	object_ := {"spec": {"type": "NodePort"}}
	made := of("", "Service", "prod-secure-eu", object_, object.union(defaults, {"nodePorts": true}))
	denied(made) == 1
}

test_an_update_to_a_load_balancer_is_judged if {
	made := service({}, {"type": "LoadBalancer"})
	change := {"review": {"operation": "UPDATE", "oldObject": {"spec": {"type": "ClusterIP"}}}}
	denied(object.union(made, change)) == 1
}

ingress(annotations, spec, parameters) := of(
	"networking.k8s.io", "Ingress", "prod-secure-eu",
	{"metadata": {"annotations": annotations}, "spec": spec}, parameters,
)

old_class := "kubernetes.io/ingress.class"

test_ingress_classes if {
	cases := [
		[{}, {"ingressClassName": "nginx"}, 1, 0],
		[{}, {"ingressClassName": "nginx-internal"}, 0, 0],
		[{}, {"ingressClassName": "traefik"}, 0, 1],
		[{}, {"ingressClassName": "Nginx"}, 0, 1],
		[{}, {}, 0, 1],
		[{}, {"ingressClassName": null}, 0, 1],
		[{}, {"ingressClassName": 7}, 0, 1],
		[{old_class: "nginx"}, {}, 1, 0],
		[{old_class: "nginx-internal"}, {}, 0, 0],
		[{old_class: "nginx"}, {"ingressClassName": "nginx-internal"}, 1, 0],
	]
	wrong := [[annotations, spec] |
		some [annotations, spec, denials, doubts] in cases
		made := ingress(annotations, spec, listed)
		[denied(made), undecided(made)] != [denials, doubts]
	]
	wrong == []
}

test_ingress_classes_are_not_judged_without_lists if {
	made := ingress({}, {"ingressClassName": "nginx"}, defaults)
	[denied(made), undecided(made)] == [0, 0]
}

test_an_ingress_that_faces_the_internet if {
	key := "alb.ingress.kubernetes.io/scheme"
	denied(ingress({key: "internet-facing"}, {"ingressClassName": "alb"}, defaults)) == 1
	denied(ingress({key: "internal"}, {"ingressClassName": "alb"}, defaults)) == 0
}

test_gateway_classes if {
	cases := [["edge", 1, 0], ["mesh", 0, 0], ["other", 0, 1], [null, 0, 1]]
	wrong := [class |
		some [class, denials, doubts] in cases
		made := of("gateway.networking.k8s.io", "Gateway", "prod-secure-eu", {"spec": {"gatewayClassName": class}}, listed)
		[denied(made), undecided(made)] != [denials, doubts]
	]
	wrong == []
}

route(parent) := of("gateway.networking.k8s.io", "HTTPRoute", "prod-secure-eu", {"spec": {"parentRefs": [parent]}}, listed)

gateways := {"namespace": {"edge": {"gateway.networking.k8s.io/v1": {"Gateway": {
	"public": {"spec": {"gatewayClassName": "edge"}},
	"internal": {"spec": {"gatewayClassName": "mesh"}},
	"odd": {"spec": {"gatewayClassName": "other"}},
	"broken": {"spec": null},
}}}}}

test_routes_are_judged_by_gateways_of_other_namespaces if {
	cases := [
		[{"name": "public", "namespace": "edge"}, 1, 0],
		[{"name": "internal", "namespace": "edge"}, 0, 0],
		[{"name": "odd", "namespace": "edge"}, 0, 1],
		[{"name": "broken", "namespace": "edge"}, 0, 1],
		[{"name": "missing", "namespace": "edge"}, 0, 1],
		[{"name": "public", "namespace": "prod-secure-eu"}, 0, 0],
		[{"name": "public"}, 0, 0],
		[{"name": "public", "namespace": null}, 0, 0],
		[{"name": "web", "namespace": "edge", "kind": "Service", "group": ""}, 0, 0],
		[{"name": "public", "namespace": "edge", "kind": null, "group": null}, 1, 0],
		[null, 0, 0],
	]
	wrong := [parent |
		some [parent, denials, doubts] in cases
		made := route(parent)
		found := rule.deny with input as made with data.inventory as gateways
		doubted := rule.undecided with input as made with data.inventory as gateways
		[count(found), count(doubted)] != [denials, doubts]
	]
	wrong == []
}

test_a_route_to_another_namespace_is_undecided_without_inventory if {
	made := route({"name": "public", "namespace": "edge"})
	[denied(made), undecided(made)] == [0, 1]
}

test_shows_the_annotation_that_is_at_fault if {
	made := service({azure: "True"}, {"type": "LoadBalancer"})
	found := rule.deny with input as made
	{f.related | some f in found} == {[["metadata", "annotations", azure]]}
	{f.path | some f in found} == {["spec", "type"]}
	undecided(made) == 0
}

test_a_class_matters_only_to_load_balancers if {
	made := service({}, {"type": "ClusterIP", "loadBalancerClass": "example.com/edge"})
	[denied(made), undecided(made)] == [0, 0]
}

test_a_wrong_annotation_in_an_unknown_namespace_is_undecided if {
	manifest := {"metadata": {"annotations": {azure: "True"}}, "spec": {"type": "LoadBalancer"}}
	made := of("", "Service", null, manifest, defaults)
	[denied(made), undecided(made)] == [0, 1]
}

test_a_wrong_annotation_matters_only_where_it_is_read if {
	wrong := {"metadata": {"annotations": {azure: "True"}}}
	elsewhere := of("", "Service", "shop", object.union(wrong, {"spec": {"type": "LoadBalancer"}}), defaults)
	[denied(elsewhere), undecided(elsewhere)] == [0, 0]
	cluster_ip := of("", "Service", "prod-secure-eu", object.union(wrong, {"spec": {"type": "ClusterIP"}}), defaults)
	[denied(cluster_ip), undecided(cluster_ip)] == [0, 0]
	unknown := of("", "Service", null, object.union(wrong, {"spec": {"type": "ClusterIP"}}), defaults)
	[denied(unknown), undecided(unknown)] == [0, 0]
	class := {"spec": {"type": "LoadBalancer", "loadBalancerClass": "networking.gke.io/l4-regional-internal"}}
	secure := of("", "Service", "prod-secure-eu", object.union(wrong, class), defaults)
	[denied(secure), undecided(secure)] == [0, 0]
	of_class := of("", "Service", null, object.union(wrong, class), defaults)
	[denied(of_class), undecided(of_class)] == [0, 0]
}

test_fields_of_other_kinds_do_not_matter if {
	manifest := {
		"metadata": {"annotations": {
			"kubernetes.io/ingress.class": "nginx",
			"alb.ingress.kubernetes.io/scheme": "internet-facing",
		}},
		"spec": {
			"ingressClassName": "nginx",
			"gatewayClassName": "edge",
			"parentRefs": [{"name": "public", "namespace": "edge"}],
		},
	}
	plain := of("", "Service", "prod-secure-eu", manifest, object.union(listed, {"nodePorts": true}))
	[denied(plain), undecided(plain)] == [0, 0]
	exposed := {"spec": {"type": "LoadBalancer", "externalIPs": ["198.51.100.7"], "gatewayClassName": "mesh"}}
	gateway := of("gateway.networking.k8s.io", "Gateway", "prod-secure-eu", exposed, listed)
	[denied(gateway), undecided(gateway)] == [0, 0]
	port := object.union(exposed, {"spec": {"type": "NodePort"}})
	other := of("gateway.networking.k8s.io", "Gateway", "prod-secure-eu", port, object.union(listed, {"nodePorts": true}))
	[denied(other), undecided(other)] == [0, 0]
}

test_a_route_may_say_that_its_parent_is_a_gateway if {
	made := route({"name": "public", "namespace": "edge", "kind": "Gateway", "group": "gateway.networking.k8s.io"})
	found := rule.deny with input as made with data.inventory as gateways
	count(found) == 1
}
