module pvc-backup/lab/tools/kustomize-controller

go 1.26

require github.com/fluxcd/kustomize-controller/api v1.6.1
