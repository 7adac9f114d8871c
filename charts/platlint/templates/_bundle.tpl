{{- /*
Where the policies come from: which volume, which file or folder in it, which flag. Every source is mounted as a whole at
one place, never file by file: Kubernetes updates a mounted ConfigMap by swapping a link, and a file mounted by `subPath` would
never change.
*/ -}}
{{- define "platlint.bundle.folder" -}}/etc/platlint/bundle{{- end -}}

{{- /* A ConfigMap's keys hold no slash. */ -}}
{{- define "platlint.bundle.key" -}}{{ . | replace "/" ".." }}{{- end -}}

{{- define "platlint.bundle.arguments" -}}
{{- $folder := include "platlint.bundle.folder" . -}}
{{- if eq .Values.bundle.source "inline" }}
- --config={{ $folder }}/platlint.yaml
{{- else if eq .Values.bundle.source "archive" }}
- --bundle={{ $folder }}/bundle.tar.gz
{{- else if eq .Values.bundle.source "configMap" }}
- --bundle={{ $folder }}/{{ .Values.bundle.configMap.key }}
{{- else if eq .Values.bundle.source "volume" }}
- --bundle={{ $folder }}{{ with .Values.bundle.volume.path }}/{{ . }}{{ end }}
{{- else if eq .Values.bundle.image.delivery "volume" }}
- --bundle={{ $folder }}{{ with .Values.bundle.image.path }}/{{ . }}{{ end }}
{{- else }}
- --bundle={{ $folder }}/{{ base .Values.bundle.image.path }}
{{- end }}
{{- with .Values.bundle.revision }}
- --expect-revision={{ . }}
{{- end }}
{{- end -}}

{{- define "platlint.bundle.volume" -}}
name: bundle
{{- if eq .Values.bundle.source "inline" }}
configMap:
  name: platlint-bundle
  items:
    {{- range $path, $text := .Values.bundle.files }}
    - key: {{ include "platlint.bundle.key" $path }}
      path: {{ $path }}
    {{- end }}
{{- else if eq .Values.bundle.source "archive" }}
configMap:
  name: platlint-bundle
{{- else if eq .Values.bundle.source "configMap" }}
configMap:
  name: {{ .Values.bundle.configMap.name }}
{{- else if eq .Values.bundle.source "volume" }}
{{- toYaml .Values.bundle.volume.source | nindent 0 }}
{{- else if eq .Values.bundle.image.delivery "volume" }}
image:
  reference: {{ .Values.bundle.image.reference }}
  pullPolicy: {{ .Values.bundle.image.pullPolicy }}
{{- else }}
emptyDir:
  sizeLimit: 64Mi
{{- end }}
{{- end -}}

{{- /* The init container of `image` with `copy`: the bundle's own image, which must hold a program that copies. */ -}}
{{- define "platlint.bundle.copier" -}}
- name: bundle
  image: {{ .Values.bundle.image.reference }}
  imagePullPolicy: {{ .Values.bundle.image.pullPolicy }}
  command:
    {{- range .Values.bundle.image.copyCommand }}
    - {{ . | quote }}
    {{- end }}
    - {{ printf "/%s" (trimPrefix "/" .Values.bundle.image.path) }}
    - {{ include "platlint.bundle.folder" . }}/
  securityContext:
    {{- include "platlint.securityContext" . | nindent 4 }}
  resources:
    requests: {cpu: 50m, memory: 32Mi}
    limits: {cpu: 500m, memory: 64Mi}
  volumeMounts:
    - name: bundle
      mountPath: {{ include "platlint.bundle.folder" . }}
{{- end -}}
