package mysql_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
)

// certificate makes a certificate for 127.0.0.1 that vouches for itself.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mysqltest"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyBytes, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	if err := os.WriteFile(certFile, certPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyBytes}), 0o600); err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, pool
}

// Ensure that each value of tls does what it says, with a server that has a
// certificate of its own making and with one that has none.
func TestTLS(t *testing.T) {
	t.Parallel()
	certFile, keyFile, trusted := certificate(t)
	secure := mysqltest.Start(t, "--ssl-cert="+certFile, "--ssl-key="+keyFile).Database(t)
	plain := mysqltest.Start(t, "--skip-ssl").Database(t)
	const no, clear, encrypted = "no", "clear", "encrypted"
	for url, want := range map[string]string{
		secure:                      clear,
		secure + "?tls=true":        no,
		secure + "?tls=skip-verify": encrypted,
		secure + "?tls=preferred":   encrypted,
		plain + "?tls=true":         no,
		plain + "?tls=skip-verify":  no,
		plain + "?tls=preferred":    clear,
	} {
		s, err := mysql.Open(within(t, patience), url, mysql.Options{CreateTables: true})
		got := no
		if err == nil {
			got = cipher(t, s)
			s.Close()
		}
		if got != want {
			t.Errorf("%s: %s, %v, want %s", url, got, err, want)
		}
	}
	config, err := mysql.ParseURL(secure + "?tls=true")
	if err != nil {
		t.Fatal(err)
	}
	config.TLS.RootCAs = trusted
	s, err := mysql.Connect(within(t, patience), config, mysql.Options{CreateTables: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := cipher(t, s); got != encrypted {
		t.Errorf("with its certificate: %s", got)
	}
}

// cipher says whether a store's connections are encrypted.
func cipher(t *testing.T, s *mysql.Store) string {
	t.Helper()
	var name, value string
	if err := s.DB().QueryRow("SHOW STATUS LIKE 'Ssl_cipher'").Scan(&name, &value); err != nil {
		t.Fatal(err)
	}
	if value == "" {
		return "clear"
	}
	return "encrypted"
}
