module github.com/sojourn-dev/sojourn/store/redisstore/goredis

go 1.26.0

require (
	github.com/redis/go-redis/v9 v9.23.0
	github.com/sojourn-dev/sojourn v0.0.0
	github.com/sojourn-dev/sojourn/store/redisstore v0.0.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
)

replace (
	github.com/sojourn-dev/sojourn => ../../..
	github.com/sojourn-dev/sojourn/store/redisstore => ../
)
