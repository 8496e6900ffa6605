package main

import (
	"context"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/redisstore"
)

// openSessions opens the sessions that the Express application has.
func openSessions(ctx context.Context) (*session.Manager, *redisstore.Store, error) {
	records, err := redisstore.Open(ctx, os.Getenv("REDIS_URL"), redisstore.Options{Prefix: "sess:"})
	if err != nil {
		return nil, nil, err
	}
	sessions, err := session.New(session.Options{
		Store:   records,
		Name:    "connect.sid",
		Secrets: strings.Split(os.Getenv("SESSION_SECRET"), ","),
		Cookie: session.Cookie{
			Secure:   session.SecureAlways,
			SameSite: http.SameSiteLaxMode,
			MaxAge:   7 * 24 * time.Hour,
		},
		IdleTimeout:  24 * time.Hour,                                        // ttl
		TrustProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, // trust proxy
	})
	if err != nil {
		records.Close()
		return nil, nil, err
	}
	return sessions, records, nil
}

// protect puts around all routes what each of them needs: the session, and a
// guard against forms on other sites.
func protect(sessions *session.Manager, routes http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(sessions.Handler(routes))
}
