module github.com/sojourn-dev/sojourn/interop

go 1.26.0

// npm keeps its packages there.
ignore ./node_modules

require github.com/sojourn-dev/sojourn v0.0.0

replace github.com/sojourn-dev/sojourn => ../
