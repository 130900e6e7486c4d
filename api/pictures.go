package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"vitrine"
)

// pictureTypes are the types that are served: those that hold no script.
var pictureTypes = []string{"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"}

// picture serves a product's nth picture.
func (s *Server) picture(c echo.Context) error {
	index, id := c.Param("index"), c.Param("id")
	n, err := strconv.Atoi(c.Param("n"))
	if err != nil || n < 0 {
		return vitrine.Errorf(vitrine.NotFound, "picture %q: is not a number from 0", c.Param("n"))
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), s.options.RequestTimeout)
	defer cancel()
	data, err := s.parts.Pictures.Picture(ctx, index, id, n)
	if err != nil {
		return err
	}
	kind := http.DetectContentType(data)
	if !slices.Contains(pictureTypes, kind) {
		return vitrine.Errorf(vitrine.NotFound, "picture %d of product %q: is no picture that browsers show", n, id)
	}
	hash := sha256.Sum256(data)
	tag := `"` + hex.EncodeToString(hash[:16]) + `"`
	header := c.Response().Header()
	header.Set("ETag", tag)
	header.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(s.options.PictureAge.Seconds())))
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if matches(c.Request().Header.Get("If-None-Match"), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	if c.Request().Method == http.MethodHead {
		header.Set("Content-Type", kind)
		header.Set("Content-Length", strconv.Itoa(len(data)))
		return c.NoContent(http.StatusOK)
	}
	return c.Blob(http.StatusOK, kind, data)
}

// matches reports whether an If-None-Match header holds the tag.
func matches(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		if candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/"); candidate == tag || candidate == "*" {
			return true
		}
	}
	return false
}
