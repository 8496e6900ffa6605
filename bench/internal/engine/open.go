package engine

import (
	"context"
	"fmt"
	"io"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// Open opens our store on an engine of that name and URL, which another process may
// have started, as the store's guide does.
func Open(ctx context.Context, name, url string) (s store.Store, close func() error, err error) {
	switch name {
	case Memory:
		return memory.New(memory.Options{}), func() error { return nil }, nil
	case Redis:
		return opened(redisstore.Open(ctx, url, redisstore.Options{}))
	case RedisCached:
		return opened(redisstore.Open(ctx, url, redisstore.Options{Cache: redisstore.NewCache(redisstore.CacheOptions{})}))
	case Postgres:
		return opened(postgres.Open(ctx, url, postgres.Options{CreateTables: true}))
	case MySQL:
		return opened(mysql.Open(ctx, url, mysql.Options{CreateTables: true}))
	case SQLite:
		return opened(sqlite.Open(url))
	case MongoDB:
		return opened(mongostore.Open(ctx, url, mongostore.Options{}))
	}
	return nil, nil, fmt.Errorf("engine: none is called %q", name)
}

func opened[S interface {
	store.Store
	io.Closer
}](s S, err error) (store.Store, func() error, error) {
	if err != nil {
		return nil, nil, err
	}
	return s, s.Close, nil
}
