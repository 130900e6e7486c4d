package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"vitrine"
	"vitrine/api/web"
)

// demoShoppers reads the first few shoppers of a file with a profile a line, for the pages to be looked at through their eyes.
func demoShoppers(path string) ([]web.Shopper, error) {
	const most = 6
	f, err := os.Open(path) //nolint:gosec // a file of the demo shop
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "demo shoppers: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	var list []web.Shopper
	for lines := json.NewDecoder(f); len(list) < most; {
		var p vitrine.Profile
		switch err := lines.Decode(&p); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, vitrine.Errorf(vitrine.Invalid, "demo shoppers, row %d: %w", len(list)+1, err)
		}
		list = append(list, web.Shopper{ID: p.User, Name: fmt.Sprintf("%s (%s, %d, %s)", p.User, p.Gender, p.Age, p.Region)})
	}
	return list, nil
}
