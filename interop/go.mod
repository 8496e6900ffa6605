module github.com/sojourn-dev/sojourn/interop

go 1.26.0

// npm keeps its packages there.
ignore ./node_modules

require (
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.22.1
	github.com/jackc/pgx/v5 v5.12.0
	github.com/sojourn-dev/sojourn v0.0.0
	github.com/sojourn-dev/sojourn/store/mongostore v0.0.0
	github.com/sojourn-dev/sojourn/store/redisstore v0.0.0
	github.com/sojourn-dev/sojourn/store/sqlstore v0.0.0
	golang.org/x/crypto v0.58.0
)

require (
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/redis/rueidis v1.0.79 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace (
	github.com/sojourn-dev/sojourn => ..
	github.com/sojourn-dev/sojourn/store/mongostore => ../store/mongostore
	github.com/sojourn-dev/sojourn/store/redisstore => ../store/redisstore
	github.com/sojourn-dev/sojourn/store/sqlstore => ../store/sqlstore
)
