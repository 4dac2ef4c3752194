package ledger

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func open(t *testing.T) *Store {
	t.Helper()
	store, err := Open(filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.db.Close() })
	for id, owner := range []string{"ann", "bob", "eve"} {
		if err := store.Add(id, owner, 10*(id+1)); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func TestBalances(t *testing.T) {
	store := open(t)
	for owner, wanted := range map[string]int{"ann": 10, "bob": 20, "eve": 30} {
		if balance, err := Balance(store.db, owner); err != nil || balance != wanted {
			t.Errorf("%s has %d, %v", owner, balance, err)
		}
	}
	if _, err := Balance(store.db, "nobody"); err == nil {
		t.Error("nobody has an account")
	}
}

func TestPayments(t *testing.T) {
	store := open(t)
	if count, err := Pay(store.db, "1", 5); err != nil || count != 1 {
		t.Fatalf("%d, %v", count, err)
	}
	if balance, err := Balance(store.db, "bob"); err != nil || balance != 25 {
		t.Errorf("bob has %d, %v", balance, err)
	}
	if count, err := Pay(store.db, "9", 5); err != nil || count != 0 {
		t.Errorf("%d, %v", count, err)
	}
}

func TestOwners(t *testing.T) {
	store := open(t)
	owners, err := Owners(store.db, "15")
	if err != nil || !reflect.DeepEqual(owners, []string{"bob", "eve"}) {
		t.Fatalf("%v, %v", owners, err)
	}
	if err := Remove(store.db, "bob"); err != nil {
		t.Fatal(err)
	}
	owners, err = Owners(store.db, "0")
	if err != nil || !reflect.DeepEqual(owners, []string{"ann", "eve"}) {
		t.Errorf("%v, %v", owners, err)
	}
}

func TestServers(t *testing.T) {
	server := httptest.NewTLSServer(Handler())
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	answer, err := Client(pool).Get(server.URL + "/login")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || string(text) != "welcome" || answer.StatusCode != http.StatusOK {
		t.Errorf("%s, %v", text, err)
	}
	if cookies := answer.Cookies(); len(cookies) != 1 || len(cookies[0].Value) != 32 {
		t.Errorf("%v", cookies)
	}
	place := strings.TrimPrefix(server.URL, "https://")
	connection, err := tls.Dial("tcp", place, Settings(pool, "example.com"))
	if err != nil {
		t.Fatal(err)
	}
	connection.Close()
}

func TestTokens(t *testing.T) {
	one, err := Token()
	if err != nil || len(one) != 32 {
		t.Fatalf("%q, %v", one, err)
	}
	if other, _ := Token(); other == one {
		t.Error("it is the same twice")
	}
}
