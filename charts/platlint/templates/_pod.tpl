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
- --listen=0.0.0.0:{{ .Values.server.port }}
- --observe=0.0.0.0:{{ .Values.server.observePort }}
- --service={{ include "platlint.name" . }}
{{- if ne .Values.certificates.mode "built-in" }}
- --tls-cert=/etc/platlint/tls/tls.crt
- --tls-key=/etc/platlint/tls/tls.key
{{- end }}
{{- if not .Values.knowledge.enabled }}
- --no-cluster
{{- end }}
- --log-decisions={{ .Values.server.decisionLog }}
- --log={{ .Values.server.log }}
- --drain-delay={{ .Values.server.drainDelaySeconds }}
{{- with .Values.server.otlpEndpoint }}
- --otlp-endpoint={{ . }}
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
