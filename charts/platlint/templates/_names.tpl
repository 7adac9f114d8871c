{{- /*
Names are fixed, not made of the release's name: webhook configurations are cluster-wide, the API server checks the
certificate against <service>.<namespace>.svc, and two installations in one cluster would judge everything twice. A second
release in the cluster is stopped by Helm, since it does not own the cluster-wide objects.
*/ -}}
{{- define "platlint.name" -}}platlint-webhook{{- end -}}

{{- define "platlint.selector" -}}
app.kubernetes.io/name: platlint
app.kubernetes.io/component: webhook
{{- end -}}

{{- define "platlint.labels" -}}
{{ include "platlint.selector" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: platlint
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- /* The same with `labels`, which cannot overrule them: selectors count on them. */ -}}
{{- define "platlint.labels.with" -}}
{{- merge (dict) (include "platlint.labels" .root | fromYaml) (.labels | default dict) | toYaml -}}
{{- end -}}

{{- /* The annotations of every object, the owner among them. `extra` holds more. */ -}}
{{- define "platlint.annotations" -}}
{{- $all := merge (dict) (.extra | default dict) .root.Values.annotations -}}
{{- with $all }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* metadata of an object: name, namespace (the release's unless `namespace` is given), labels, annotations. */ -}}
{{- define "platlint.metadata" -}}
name: {{ .name }}
{{- if not .clusterScoped }}
namespace: {{ .namespace | default .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "platlint.labels.with" . | nindent 2 }}
{{- include "platlint.annotations" . }}
{{- end -}}

{{- define "platlint.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{ .Values.image.repository }}:{{ $tag }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{- /* Namespaces that are never sent to the webhook: those it leaves out by itself, and the given ones. */ -}}
{{- define "platlint.exempt" -}}
{{- concat (list "kube-node-lease" "kube-system" .Release.Namespace) .Values.exemptNamespaces | uniq | sortAlpha | toJson -}}
{{- end -}}

{{- /* Whether the Pods talk to the API server at all; without it they get no token. */ -}}
{{- define "platlint.usesApi" -}}
{{- if or .Values.knowledge.enabled .Values.webhooks.manage (eq .Values.certificates.mode "built-in") .Values.images.pullSecrets.namespaces .Values.images.prefill }}true{{ end -}}
{{- end -}}
