{{- /* What both containers may do: nothing that a file server could not. */ -}}
{{- define "platlint.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- /* Every flag of the webhook. `cargo xtask test chart` compares them with `platlint-webhook --help`. */ -}}
{{- define "platlint.arguments" -}}
{{- include "platlint.bundle.arguments" . | trim }}
{{- with .Values.cluster }}
- --cluster={{ . }}
{{- end }}
- {{ printf "--listen=%s:%v" .Values.server.address .Values.server.port }}
- {{ printf "--observe=%s:%v" .Values.server.address .Values.server.observePort }}
- --drain-delay={{ .Values.server.drainDelaySeconds }}
{{- if ne .Values.certificates.mode "built-in" }}
- --tls-cert=/etc/platlint/tls/tls.crt
- --tls-key=/etc/platlint/tls/tls.key
{{- if .Values.webhooks.manage }}
- --tls-ca=/etc/platlint/tls/ca.crt
{{- end }}
{{- end }}
{{- if include "platlint.usesApi" . }}
- --service={{ include "platlint.name" . }}
- --service-port={{ .Values.service.port }}
- --service-account={{ include "platlint.name" . }}
- --manage-webhooks={{ .Values.webhooks.manage }}
{{- if .Values.webhooks.manage }}
{{- range .Values.exemptNamespaces }}
- --exempt-namespace={{ . }}
{{- end }}
{{- /* Without the flag the policy follows the mode, also when the mode is changed in an emergency. */}}
{{- with .Values.webhooks.validating.failurePolicy }}
- --failure-policy={{ lower . }}
{{- end }}
- --validating-timeout={{ .Values.webhooks.validating.timeoutSeconds }}
- --mutating-failure-policy={{ lower .Values.webhooks.mutating.failurePolicy }}
- --mutating-timeout={{ .Values.webhooks.mutating.timeoutSeconds }}
{{- end }}
{{- if .Values.knowledge.enabled }}
{{- range .Values.knowledge.controllers }}
- --controller={{ . }}
{{- end }}
{{- else }}
- --no-knowledge
{{- end }}
{{- range .Values.images.pullSecrets.namespaces }}
- --pull-secrets-namespace={{ . }}
{{- end }}
{{- if .Values.images.prefill }}
- --prefill-images
{{- end }}
{{- else }}
- --no-cluster
{{- end }}
{{- with .Values.images.registryConfig.secretName }}
- --registry-config=/etc/platlint/registries/config.json
{{- end }}
- --log-decisions={{ .Values.server.decisionLog }}
- --log={{ .Values.server.log }}
{{- with .Values.server.otlpEndpoint }}
- --otlp-endpoint={{ . }}
- --otlp-sample={{ $.Values.server.otlpSample }}
{{- end }}
{{- range .Values.server.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{- /*
The API server's token, as the kubelet would mount it by itself, but stated: automatic mounting stays off, so that no other
container of the Pod gets it, and a Pod that needs none has none.
*/ -}}
{{- define "platlint.token" -}}
name: api
projected:
  defaultMode: 0440
  sources:
    - serviceAccountToken:
        path: token
        expirationSeconds: 3607
    - configMap:
        name: kube-root-ca.crt
        items:
          - key: ca.crt
            path: ca.crt
    - downwardAPI:
        items:
          - path: namespace
            fieldRef:
              fieldPath: metadata.namespace
{{- end -}}
