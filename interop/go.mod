module github.com/sojourn-dev/sojourn/interop

go 1.26.0
