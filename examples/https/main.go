// Https keeps a session to HTTPS: in a cookie that no browser sends over plain
// HTTP, and that no other host can set.
//
//	go run ./examples/https
//
// It makes a certificate of its own, which browsers warn of. The flags -cert and
// -key give it a real one.
package main

import (
	"crypto/rand"
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/sojourn-dev/sojourn/session"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:3000", "where to listen")
	cert := flag.String("cert", "", "file with the certificate (PEM)")
	key := flag.String("key", "", "file with its key (PEM)")
	flag.Parse()
	certificate, err := loadCertificate(*cert, *key)
	if err != nil {
		log.Fatal(err)
	}
	handler, err := newHandler(secret())
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(serve(*addr, handler, certificate))
}

const views session.Key[int] = "views"

func newHandler(secret string) (http.Handler, error) {
	sessions, err := session.New(session.Options{
		Secrets: []string{secret},
		// Browsers accept a cookie with this prefix only with Secure, with
		// Path=/ and without a Domain. New refuses what contradicts that.
		Name:   "__Host-session",
		Cookie: session.Cookie{Secure: session.SecureAlways},
		// Behind a proxy that ends TLS, say which one is believed:
		// TrustProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.7/32")},
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", count)
	return strict(sessions.Handler(mux)), nil
}

// strict has browsers never try plain HTTP again.
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		next.ServeHTTP(w, r)
	})
}

func count(w http.ResponseWriter, r *http.Request) {
	n, err := views.Update(session.From(r), func(n int) int { return n + 1 })
	if err != nil {
		log.Print(err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "Visit %d, over HTTPS.\n", n)
}

// secret returns what signs the cookies. One that is made here lasts as long as
// the sessions do, for this program keeps them in memory.
func secret() string {
	if s := os.Getenv("SESSION_SECRET"); s != "" {
		return s
	}
	log.Print("SESSION_SECRET is not set, so this run makes its own (go run ./cmd/sojourn secret prints one to keep)")
	return rand.Text()
}

// serve serves a handler over TLS on addr.
func serve(addr string, handler http.Handler, certificate tls.Certificate) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	log.Printf("serving on https://%s", listener.Addr())
	server := &http.Server{
		Handler:           handler,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}},
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       time.Minute,
	}
	return server.ServeTLS(listener, "", "")
}
