module pvc-backup/lab/tools/http-limit

go 1.26
