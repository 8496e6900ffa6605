module github.com/sojourn-dev/sojourn/cmd/sojourn

go 1.26.0

require (
	github.com/jackc/pgx/v5 v5.12.0
	github.com/mileusna/useragent v1.3.5
	github.com/schollz/progressbar/v3 v3.19.1
	github.com/sojourn-dev/sojourn v0.0.0
	github.com/sojourn-dev/sojourn/auth v0.0.0
	github.com/sojourn-dev/sojourn/auth/mongousers v0.0.0
	github.com/sojourn-dev/sojourn/store/mongostore v0.0.0
	github.com/sojourn-dev/sojourn/store/redisstore v0.0.0-00010101000000-000000000000
	github.com/sojourn-dev/sojourn/store/sqlstore v0.0.0
	go.mongodb.org/mongo-driver/v2 v2.9.3
	golang.org/x/term v0.47.0
	modernc.org/sqlite v1.60.0
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	github.com/dustin/go-humanize v1.0.1 // indirect
	github.com/go-sql-driver/mysql v1.10.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/klauspost/compress v1.19.2 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mitchellh/colorstring v0.0.0-20190213212951-d06e56a500db // indirect
	github.com/ncruces/go-strftime v1.0.0 // indirect
	github.com/redis/rueidis v1.0.79 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/xdg-go/pbkdf2 v1.0.0 // indirect
	github.com/xdg-go/scram v1.2.0 // indirect
	github.com/xdg-go/stringprep v1.0.4 // indirect
	github.com/youmark/pkcs8 v0.0.0-20240726163527-a2c0da244d78 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	modernc.org/libc v1.77.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)

replace (
	github.com/sojourn-dev/sojourn => ../..
	github.com/sojourn-dev/sojourn/auth => ../../auth
	github.com/sojourn-dev/sojourn/auth/mongousers => ../../auth/mongousers
	github.com/sojourn-dev/sojourn/store/mongostore => ../../store/mongostore
	github.com/sojourn-dev/sojourn/store/redisstore => ../../store/redisstore
	github.com/sojourn-dev/sojourn/store/sqlstore => ../../store/sqlstore
)
