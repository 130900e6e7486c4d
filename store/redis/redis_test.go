package redis_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"vitrine"
	"vitrine/store"
	"vitrine/store/redis"
	"vitrine/store/storetest"
)

// server is a real Redis of the test's own.
type server struct {
	address, dir string
	cmd          *exec.Cmd
}

// start starts a server in dir; the test is skipped, and says so, on a machine that has none.
func start(t *testing.T, dir, address string) *server {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: the Redis store was not tested")
	}
	if address == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address = l.Addr().String()
		_ = l.Close()
	}
	_, port, _ := net.SplitHostPort(address)
	s := &server{address: address, dir: dir}
	s.cmd = exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "3600 1", "--appendonly", "yes", "--appendfsync", "always", "--loglevel", "warning")
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	for range 500 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return s
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("redis-server does not listen")
	return nil
}

func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func open(t *testing.T, s *server, prefix string) *redis.Store {
	t.Helper()
	r, err := redis.Open(redis.Options{Address: s.address, Prefix: prefix, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// Ensure the Redis store keeps the contract of package store.
func TestStore_Contract(t *testing.T) {
	s, n := start(t, t.TempDir(), ""), 0
	next := func(t *testing.T) *redis.Store {
		t.Helper()
		n++
		return open(t, s, fmt.Sprint("test", n))
	}
	storetest.Events(t, func(t *testing.T) store.Events { t.Helper(); return next(t) })
	storetest.States(t, func(t *testing.T) store.States { t.Helper(); return next(t) })
}

// Ensure no file of the server holds a trace of a user who was forgotten, not even one whose events were another's before.
func TestStore_ForgetLeavesNothing(t *testing.T) {
	ctx, s := context.Background(), start(t, t.TempDir(), "")
	r := open(t, s, "test")
	var events []vitrine.Event
	for i := range 300 {
		user := []string{"other", "secret-user", "secret-visitor"}[i%3]
		e := storetest.Event(fmt.Sprint(i), user, i)
		events = append(events, e)
	}
	if _, err := r.Append(ctx, events); err != nil {
		t.Fatal(err)
	}
	if _, err := r.PutState(ctx, "secret-user", []byte("secret-state"), 0); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Move(ctx, "secret-visitor", "secret-user"); err != nil || n != 100 {
		t.Fatalf("moved %d, %v", n, err)
	}
	if !holds(t, s.dir, "secret-") {
		t.Fatal("the files never held the secret: this test cannot fail")
	}
	if err := r.DropState(ctx, "secret-user"); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Forget(ctx, "secret-user"); err != nil || n != 200 {
		t.Fatalf("forgot %d, %v", n, err)
	}
	if err := r.Shred(ctx); err != nil {
		t.Fatal(err)
	}
	if holds(t, s.dir, "secret-") {
		t.Error("a file still holds the secret")
	}
	if stats, err := r.Stats(ctx); err != nil || stats.Events != 100 {
		t.Errorf("stats %+v, %v", stats, err)
	}
}

func holds(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		found = found || bytes.Contains(data, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Ensure a server that is not there is told as unavailable, soon.
func TestStore_NoServer(t *testing.T) {
	r, err := redis.Open(redis.Options{Address: "127.0.0.1:1", Timeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // a test's end
	_, err = r.Append(context.Background(), []vitrine.Event{storetest.Event("1", "u", 1)})
	if vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("append: %v", err)
	}
	if _, err := redis.Open(redis.Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no address: %v", err)
	}
}
