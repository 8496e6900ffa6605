module github.com/sojourn-dev/sojourn

go 1.26
