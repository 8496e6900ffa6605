module github.com/sojourn-dev/sojourn/store/redisstore

go 1.26.0

require (
	github.com/redis/rueidis v1.0.79
	github.com/sojourn-dev/sojourn v0.0.0
)

require golang.org/x/sys v0.47.0 // indirect

replace github.com/sojourn-dev/sojourn => ../..
