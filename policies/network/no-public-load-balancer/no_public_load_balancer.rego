# METADATA
# title: No public load balancer in secure namespaces
# description: |
#   A Service of type LoadBalancer gets a public address on most clouds unless an annotation asks for an internal one,
#   and the cloud's controller reads that annotation only in its exact spelling: a wrong value, a value of another case
#   or the annotation of another cloud makes a public load balancer without any error. In namespaces that match the
#   parameter `namespaces` this rule demands that a load balancer be internal for certain.
#
#   **Services.** Where `loadBalancerClass` is set, only the controller of that class acts; the parameter `classes` says
#   which annotations make it internal (none at all where the class itself is internal). Any other class is
#   taken for public. Without a class, an annotation of one of the `clouds` must stand there with its exact value, and
#   no annotation of these clouds may say anything else. What acts cannot be seen in a file: by default, the
#   annotation of any known cloud counts. Narrow `clouds` to what your clusters run on. `aws` is the cloud controller,
#   which reads only `…/aws-load-balancer-internal: "true"`; `aws-load-balancer-controller` is the controller of that
#   name, which reads `…/aws-load-balancer-scheme: internal` too, but acts only where its class or
#   `…/aws-load-balancer-type: external` calls it, or where its webhook is installed.
#   `externalIPs` are addresses taken from anywhere, and are reported at any type of Service; node ports only if
#   `nodePorts` is true.
#
#   **Ingress and Gateway.** Which classes are public is a fact of the cluster: `ingressClasses` and `gatewayClasses` list
#   public and internal ones. A public class is a finding, a class in neither list is not decided. Without lists, nothing
#   is judged but an Ingress that asks the AWS Load Balancer Controller to face the internet.
#   A route that attaches to a Gateway of another namespace is judged by the class of that Gateway, where it is known.
#
#   Where the namespace is unknown, what would be a finding in a secure namespace is not decided.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer
#     description: Annotations for internal load balancers
#   - ref: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/
#     description: Annotations of the AWS Load Balancer Controller
#   - ref: https://gateway-api.sigs.k8s.io/
#     description: Gateway API
# custom:
#   platlint:
#     severity: critical
#     level: error
#     match:
#       kinds:
#         - {groups: [""], kinds: [Service]}
#         - {groups: [networking.k8s.io, extensions], kinds: [Ingress]}
#         - {groups: [gateway.networking.k8s.io], kinds: [Gateway, HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, UDPRoute]}
#     parameters:
#       type: object
#       additionalProperties: false
#       properties:
#         namespaces:
#           description: Namespaces in which nothing may be public; `*` stands for any characters.
#           type: array
#           items: {type: string, pattern: "^[a-z0-9*-]+$"}
#           default: ["prod-secure-*"]
#         clouds:
#           description: The controllers that make load balancers for Services without a class.
#           type: array
#           uniqueItems: true
#           items:
#             type: string
#             enum:
#               - aws
#               - aws-load-balancer-controller
#               - gcp
#               - azure
#               - oci
#               - openstack
#               - alibaba
#               - digitalocean
#               - ibm
#               - scaleway
#               - hetzner
#           default:
#             - aws
#             - aws-load-balancer-controller
#             - gcp
#             - azure
#             - oci
#             - openstack
#             - alibaba
#             - digitalocean
#             - ibm
#             - scaleway
#             - hetzner
#         classes:
#           description: >-
#             Values of loadBalancerClass that are or can be internal, each with the annotations that must stand there with
#             exactly these values; an empty map where the class is always internal. Given here, the list replaces the
#             default one.
#           type: object
#           additionalProperties:
#             type: object
#             additionalProperties: {type: string}
#           default:
#             service.k8s.aws/nlb: {service.beta.kubernetes.io/aws-load-balancer-scheme: internal}
#             eks.amazonaws.com/nlb: {service.beta.kubernetes.io/aws-load-balancer-scheme: internal}
#             networking.gke.io/l4-regional-internal: {}
#             networking.gke.io/l4-regional-internal-legacy: {}
#         nodePorts:
#           description: Whether Services of type NodePort are findings, too.
#           type: boolean
#           default: false
#         ingressClasses:
#           description: Classes of Ingresses; a class in neither list is not decided.
#           type: object
#           additionalProperties: false
#           properties:
#             public: {type: array, items: {type: string}}
#             internal: {type: array, items: {type: string}}
#           default: {public: [], internal: []}
#         gatewayClasses:
#           description: Classes of Gateways; a class in neither list is not decided.
#           type: object
#           additionalProperties: false
#           properties:
#             public: {type: array, items: {type: string}}
#             internal: {type: array, items: {type: string}}
#           default: {public: [], internal: []}
#     requires:
#       - inventory:gateway.networking.k8s.io/v1/Gateway
#       - inventory:gateway.networking.k8s.io/v1beta1/Gateway
#     remedy: >-
#       Use type ClusterIP behind an internal entry point, or ask for an internal load balancer by the exact annotation of
#       your cloud, such as `service.beta.kubernetes.io/azure-load-balancer-internal: "true"`.
#     examples:
#       - title: An internal load balancer on AWS
#         bad: |
#           apiVersion: v1
#           kind: Service
#           metadata:
#             name: vault
#             namespace: prod-secure-eu
#             annotations:
#               service.beta.kubernetes.io/aws-load-balancer-internal: "True"
#           spec:
#             type: LoadBalancer
#             ports: [{port: 443}]
#         good: |
#           apiVersion: v1
#           kind: Service
#           metadata:
#             name: vault
#             namespace: prod-secure-eu
#             annotations:
#               service.beta.kubernetes.io/aws-load-balancer-internal: "true"
#           spec:
#             type: LoadBalancer
#             ports: [{port: 443}]
package platlint.network.no_public_load_balancer

# What makes a load balancer internal, per controller: annotations and the exact value that each one reads.
# GCP's older annotation is read only where the newer one is absent, so both must agree, as for all others.
internal_annotations := {
	"aws": {"service.beta.kubernetes.io/aws-load-balancer-internal": "true"},
	"aws-load-balancer-controller": {
		"service.beta.kubernetes.io/aws-load-balancer-internal": "true",
		"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
	},
	"gcp": {
		"networking.gke.io/load-balancer-type": "Internal",
		"cloud.google.com/load-balancer-type": "Internal",
	},
	"azure": {"service.beta.kubernetes.io/azure-load-balancer-internal": "true"},
	"oci": {
		"service.beta.kubernetes.io/oci-load-balancer-internal": "true",
		"oci-network-load-balancer.oraclecloud.com/internal": "true",
	},
	"openstack": {"service.beta.kubernetes.io/openstack-internal-load-balancer": "true"},
	"alibaba": {"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": "intranet"},
	"digitalocean": {"service.beta.kubernetes.io/do-loadbalancer-network": "INTERNAL"},
	"ibm": {"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": "private"},
	"scaleway": {"service.beta.kubernetes.io/scw-loadbalancer-private": "true"},
	"hetzner": {"load-balancer.hetzner.cloud/disable-public-network": "true"},
}

deny contains {"msg": message, "path": path} if {
	some exposure in exposures
	is_secure
	message = sprintf("%s; namespace \"%s\" must not be reachable from outside", [exposure.msg, input.review.namespace])
	path = exposure.path
}

# Where an annotation is at fault, it is shown beside the type.
deny contains {"msg": message, "path": ["spec", "type"], "related": [annotation]} if {
	is_load_balancer
	not class_set
	is_secure
	some fault in annotation_faults
	message = sprintf(
		"the load balancer may be public: %s; namespace \"%s\" must not be reachable from outside",
		[fault.msg, input.review.namespace],
	)
	annotation = fault.path
}

undecided contains {"reason": reason, "path": path} if {
	some exposure in exposures
	not namespace_known
	reason = sprintf("%s, and the namespace is not known", [exposure.msg])
	path = exposure.path
}

undecided contains {"reason": reason, "path": path} if {
	is_load_balancer
	not class_set
	not namespace_known
	some fault in annotation_faults
	reason = sprintf("the load balancer may be public: %s, and the namespace is not known", [fault.msg])
	path = fault.path
}

undecided contains {"reason": reason, "path": path} if {
	some doubt in doubts
	may_be_secure
	reason = doubt.reason
	path = doubt.path
}

is_secure if {
	namespace = input.review.namespace
	some pattern in input.parameters.namespaces
	glob.match(pattern, [], namespace)
}

namespace_known if {
	namespace = input.review.namespace
	is_string(namespace)
}

may_be_secure if is_secure

may_be_secure if not namespace_known

# What is public, whatever the namespace; looked up before the namespace, since most objects have nothing of it.
exposures contains {"msg": message, "path": ["spec", "type"]} if {
	is_load_balancer
	some fault in class_faults
	message = sprintf("the load balancer is public: %s", [fault])
}

exposures contains {"msg": message, "path": ["spec", "type"]} if {
	is_load_balancer
	not class_set
	count(annotation_faults) == 0
	count(internal_by) == 0
	others = sort([key | some key in foreign_annotations])
	hints = [hint |
		some key in others
		hint = sprintf("; \"%s\" is not read by the configured clouds", [key])
	]
	message = sprintf("the load balancer is public: no annotation makes it internal%s", [concat("", hints)])
}

exposures contains {"msg": message, "path": ["spec", "type"]} if {
	input.review.object.spec.type == "NodePort"
	is_service
	input.parameters.nodePorts == true
	message = "a NodePort is open on every node"
}

exposures contains {"msg": message, "path": ["spec", "externalIPs"]} if {
	is_service
	addresses = input.review.object.spec.externalIPs
	not is_nothing(addresses)
	message = "externalIPs take traffic from outside"
}

exposures contains {"msg": message, "path": path} if {
	some entry in entry_points
	lists = entry.lists
	some class in lists.public
	class == entry.class
	message = sprintf("%s \"%s\" is public", [entry.what, entry.class])
	path = entry.path
}

exposures contains {"msg": message, "path": path} if {
	input.review.kind.kind == "Ingress"
	key = "alb.ingress.kubernetes.io/scheme"
	input.review.object.metadata.annotations[key] == "internet-facing"
	message = "the Ingress asks for a load balancer that faces the internet"
	path = ["metadata", "annotations", key]
}

# What cannot be told for public or internal.
doubts contains {"reason": reason, "path": path} if {
	some entry in entry_points
	class = entry.class
	lists = entry.lists
	not is_listed(lists, class)
	reason = sprintf("%s \"%s\" is listed neither as public nor as internal", [entry.what, entry.class])
	path = entry.path
}

doubts contains {"reason": reason, "path": ["spec", "ingressClassName"]} if {
	input.review.kind.kind == "Ingress"
	are_lists_given(input.parameters.ingressClasses)
	count(entry_points) == 0
	reason = "the Ingress names no class: the cluster's default acts, and it is not known"
}

doubts contains {"reason": reason, "path": ["spec", "gatewayClassName"]} if {
	input.review.kind.kind == "Gateway"
	are_lists_given(input.parameters.gatewayClasses)
	count(entry_points) == 0
	reason = "the Gateway names no class"
}

doubts contains {"reason": reason, "path": path} if {
	are_lists_given(input.parameters.gatewayClasses)
	some parent in foreign_parents
	count(parent.classes) == 0
	reason = sprintf("Gateway \"%s\" of namespace \"%s\" is not known", [parent.name, parent.namespace])
	path = parent.path
}

is_service if input.review.kind.kind == "Service"

# Asks for the namespace early, too: what follows for load balancers is the costly part of this rule.
is_load_balancer if {
	input.review.object.spec.type == "LoadBalancer"
	is_service
	may_be_secure
}

class_set if {
	class = input.review.object.spec.loadBalancerClass
	class != null
}

class_faults contains fault if {
	class = input.review.object.spec.loadBalancerClass
	class != null
	not is_class_listed(class)
	fault = "its loadBalancerClass is not one that is known to be internal"
}

class_faults contains fault if {
	class = input.review.object.spec.loadBalancerClass
	is_string(class)
	some key, value in input.parameters.classes[class]
	not is_annotated(key, value)
	fault = sprintf("loadBalancerClass \"%s\" needs the annotation %s: \"%s\"", [class, key, value])
}

is_class_listed(class) if {
	is_string(class)
	expected = input.parameters.classes[class]
	is_object(expected)
}

is_annotated(key, value) if {
	written = input.review.object.metadata.annotations[key]
	written == value
}

# Annotations of the configured clouds that make the load balancer internal.
internal_by contains key if {
	some cloud in input.parameters.clouds
	some key, value in internal_annotations[cloud]
	is_annotated(key, value)
	not is_overlooked(key)
}

# Annotations of the configured clouds with another value than the one that makes the load balancer internal.
annotation_faults contains {"msg": message, "path": path} if {
	some cloud in input.parameters.clouds
	some key, value in internal_annotations[cloud]
	written = input.review.object.metadata.annotations[key]
	written != null
	written != value
	message = sprintf("annotation \"%s\" must be exactly \"%s\"", [key, value])
	path = ["metadata", "annotations", key]
}

# Annotations that would make the load balancer internal elsewhere.
foreign_annotations contains key if {
	some annotations in internal_annotations
	some key, value in annotations
	is_annotated(key, value)
}

# OCI has two kinds of load balancers, with an annotation each.
is_overlooked(key) if {
	key == "service.beta.kubernetes.io/oci-load-balancer-internal"
	is_annotated("oci.oraclecloud.com/load-balancer-type", "nlb")
}

is_overlooked(key) if {
	key == "oci-network-load-balancer.oraclecloud.com/internal"
	not is_annotated("oci.oraclecloud.com/load-balancer-type", "nlb")
}

is_nothing(value) if value == null

is_nothing(value) if value == []

# Where traffic enters by a class, with the lists that judge it. None where no list is configured.
entry_points contains {"what": "ingress class", "class": class, "path": path, "lists": lists} if {
	input.review.kind.kind == "Ingress"
	lists = input.parameters.ingressClasses
	are_lists_given(lists)
	class = input.review.object.spec.ingressClassName
	is_string(class)
	path = ["spec", "ingressClassName"]
}

entry_points contains {"what": "ingress class", "class": class, "path": path, "lists": lists} if {
	input.review.kind.kind == "Ingress"
	lists = input.parameters.ingressClasses
	are_lists_given(lists)
	class = input.review.object.metadata.annotations["kubernetes.io/ingress.class"]
	is_string(class)
	path = ["metadata", "annotations", "kubernetes.io/ingress.class"]
}

entry_points contains {"what": "gateway class", "class": class, "path": path, "lists": lists} if {
	input.review.kind.kind == "Gateway"
	lists = input.parameters.gatewayClasses
	are_lists_given(lists)
	class = input.review.object.spec.gatewayClassName
	is_string(class)
	path = ["spec", "gatewayClassName"]
}

entry_points contains {"what": what, "class": class, "path": path, "lists": lists} if {
	lists = input.parameters.gatewayClasses
	are_lists_given(lists)
	some parent in foreign_parents
	some class in parent.classes
	what = sprintf("Gateway \"%s\" of namespace \"%s\": its class", [parent.name, parent.namespace])
	path = parent.path
}

are_lists_given(lists) if {
	some list in lists
	count(list) > 0
}

is_listed(lists, class) if {
	some list in lists
	some listed in list
	listed == class
}

# Gateways of other namespaces that a route attaches to, with their class where they are known. A Gateway of the route's
# own namespace is judged itself.
foreign_parents contains {"name": name, "namespace": namespace, "path": path, "classes": classes} if {
	endswith(input.review.kind.kind, "Route")
	references = input.review.object.spec.parentRefs
	is_array(references)
	some index, reference in references
	is_object(reference)
	not refers_elsewhere(reference)
	namespace = reference.namespace
	is_string(namespace)
	not is_own_namespace(namespace)
	name = reference.name
	is_string(name)
	classes = {class |
		some version in ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"]
		class = data.inventory.namespace[namespace][version].Gateway[name].spec.gatewayClassName
		is_string(class)
	}
	path = ["spec", "parentRefs", index, "namespace"]
}

# Routes attach to Gateways unless they say otherwise; a Service as parent belongs to a mesh.
refers_elsewhere(reference) if {
	kind = reference.kind
	kind != null
	kind != "Gateway"
}

refers_elsewhere(reference) if {
	group = reference.group
	group != null
	group != "gateway.networking.k8s.io"
}

is_own_namespace(namespace) if {
	own = input.review.namespace
	own == namespace
}
