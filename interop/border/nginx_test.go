package border

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take.
const patience = time.Minute

// nginx is an nginx that belongs to a test and serves the page's site.
type nginx struct {
	t             *testing.T
	path          string // of the program
	dir           string
	page          page
	cert          certificate
	http, https   int // ports
	express, shop int // ports of the two sides
	cmd           *exec.Cmd
	ended         chan struct{}
}

// around is what an installed nginx.conf has around the sites.
const around = `daemon off;
worker_processes 2;
pid nginx.pid;
error_log error.log notice;
events { worker_connections 256; }
http {
    access_log access.log;
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    include conf.d/*.conf;
}
`

// newNginx prepares an nginx in front of two sides, without starting it.
func newNginx(t *testing.T, p page, express, shop int) *nginx {
	t.Helper()
	path, err := findNginx()
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	n := &nginx{t: t, path: path, dir: t.TempDir(), page: p, express: express, shop: shop}
	n.cert = newCertificate(t, n.dir, "shop.example")
	for _, dir := range []string{"conf.d", "snippets"} {
		check(t, os.Mkdir(filepath.Join(n.dir, dir), 0o700))
	}
	n.write("nginx.conf", around)
	n.listenOn(freePort(t), freePort(t))
	n.routes("step 0")
	return n
}

// findNginx returns nginx's path. Debian has it where only root looks.
func findNginx() (string, error) {
	path, err := exec.LookPath("nginx")
	if err == nil {
		return path, nil
	}
	if _, missing := os.Stat("/usr/sbin/nginx"); missing == nil {
		return "/usr/sbin/nginx", nil
	}
	return "", err
}

// listenOn writes the page's site with addresses and files of this test.
func (n *nginx) listenOn(http, https int) {
	n.t.Helper()
	n.http, n.https = http, https
	local := func(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }
	site := n.page.config(n.t, "/etc/nginx/conf.d/shop.conf")
	for _, r := range [][2]string{
		{"listen 80;", "listen " + local(http) + ";"},
		{"listen 443 ssl", "listen " + local(https) + " ssl"},
		{"server 127.0.0.1:3000;", "server " + local(n.express) + ";"},
		{"server 127.0.0.1:3001;", "server " + local(n.shop) + ";"},
		{"/etc/ssl/certs/shop.pem", n.cert.file},
		{"/etc/ssl/private/shop.key", n.cert.key},
	} {
		if strings.Count(site, r[0]) != 1 {
			n.t.Fatalf("the page's site has %q %d times, not once", r[0], strings.Count(site, r[0]))
		}
		site = strings.Replace(site, r[0], r[1], 1)
	}
	n.write("conf.d/shop.conf", site)
}

// routes writes the page's routes of a step, as they are, and has nginx test
// all of the configuration.
func (n *nginx) routes(step string) {
	n.t.Helper()
	n.write("snippets/shop-routes.conf", n.page.config(n.t, "/etc/nginx/snippets/shop-routes.conf, "+step))
	if out, err := n.command("-t").CombinedOutput(); err != nil {
		n.t.Fatalf("nginx -t, %s: %v\n%s", step, err, out)
	}
}

func (n *nginx) write(name, text string) {
	n.t.Helper()
	check(n.t, os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600))
}

func (n *nginx) command(args ...string) *exec.Cmd {
	args = append([]string{"-p", n.dir, "-c", "nginx.conf", "-e", "error.log"}, args...)
	cmd := exec.Command(n.path, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	return cmd
}

// start starts nginx, and ends it with the test.
func (n *nginx) start() {
	n.t.Helper()
	for range 10 { // somebody else may take a port first
		if n.run() {
			n.t.Cleanup(n.stop)
			return
		}
		n.listenOn(freePort(n.t), freePort(n.t))
	}
	n.t.Fatalf("nginx does not start: %s", n.log("error.log"))
}

// run starts nginx, and reports whether it serves.
func (n *nginx) run() bool {
	n.cmd = n.command()
	check(n.t, n.cmd.Start())
	n.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		cmd.Wait()
		close(ended)
	}(n.cmd, n.ended)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-n.ended:
			return false
		case <-time.After(10 * time.Millisecond):
		}
		if len(n.workers()) > 0 {
			return true
		}
	}
	n.stop()
	return false
}

// stop ends nginx and waits for its end. Killed, the master would leave its
// workers behind.
func (n *nginx) stop() {
	n.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-n.ended:
	case <-time.After(patience):
		n.cmd.Process.Kill()
		<-n.ended
	}
	if n.t.Failed() {
		n.t.Logf("nginx: %s%s", n.log("error.log"), n.log("access.log"))
	}
}

func (n *nginx) log(name string) string {
	text, err := os.ReadFile(filepath.Join(n.dir, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		n.t.Error(err)
	}
	return string(text)
}

// workers returns the processes that serve.
func (n *nginx) workers() []string {
	pid := n.cmd.Process.Pid
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	return strings.Fields(string(text))
}

// move has nginx serve the routes of another step, and waits until nobody
// serves those of before.
func (n *nginx) move(step string) {
	n.t.Helper()
	n.routes(step)
	before := n.workers()
	if out, err := n.command("-s", "reload").CombinedOutput(); err != nil {
		n.t.Fatalf("nginx -s reload: %v\n%s", err, out)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		now := n.workers()
		if len(now) > 0 && !slices.ContainsFunc(now, func(pid string) bool { return slices.Contains(before, pid) }) {
			return
		}
		if time.Now().After(deadline) {
			n.t.Fatalf("nginx does not reload: %s", n.log("error.log"))
		}
	}
}

// freePort returns a port of the loopback interface that is free.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
