package redisstore_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// Ensure that rediss:// is over TLS, to a server whose certificate is good for its
// name and whose issuer is trusted, and to no other.
func TestTLS(t *testing.T) {
	t.Parallel()
	certificate, key, pool := selfSigned(t, "127.0.0.1")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	l.Close()
	server := redistest.Start(t, "--tls-port", port, "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no")

	option, err := redisstore.ParseURL("rediss://" + address)
	if err != nil {
		t.Fatal(err)
	}
	option.TLSConfig.RootCAs = pool
	s, err := redisstore.Connect(t.Context(), option, redisstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	created(t, s, "id")
	if server.Do("EXISTS", "sess:id").(int64) != 1 {
		t.Error("the record is not there")
	}

	for _, url := range []string{"rediss://" + address, strings.Replace("rediss://"+address, "127.0.0.1", "localhost", 1), "redis://" + address} {
		s, err := redisstore.Open(within(t, 5*time.Second), url, redisstore.Options{})
		if err == nil {
			s.Close()
			t.Errorf("%s opens", url)
		}
	}
}

// selfSigned returns the files of a certificate and its key, and who trusts it.
func selfSigned(t *testing.T, ip string) (certificate, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.ParseIP(ip)},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pool = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", privateDER), pool
}
