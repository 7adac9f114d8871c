{{- /* The Secret that the server's certificate is mounted from; none in mode built-in. */ -}}
{{- define "platlint.certificates.secret" -}}
{{- if eq .Values.certificates.mode "cert-manager" -}}platlint-webhook-tls
{{- else -}}{{ .Values.certificates.secretName }}
{{- end -}}
{{- end -}}

{{- /*
Lets cert-manager's CA injector write caBundle, in configurations that are kept by others. Where the elected replica keeps them,
it writes caBundle itself, from the mounted ca.crt: one writer, and no moment without.
*/ -}}
{{- define "platlint.certificates.injection" -}}
{{- if eq .Values.certificates.mode "cert-manager" -}}
cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/platlint-webhook
{{- end -}}
{{- end -}}
