package opinion

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vitrine"
)

// DefaultAspects are the aspects of a purchase with the words that name them, in English and Chinese. English words also match with an
// ending, as "deliver" matches "delivered" and "delivery".
func DefaultAspects() map[string][]string {
	return map[string][]string{
		"delivery":    {"deliver", "shipping", "shipped", "shipment", "courier", "arriv", "parcel", "late", "快递", "物流", "发货", "送货", "配送", "到货", "速度"},
		"packaging":   {"packag", "packed", "wrapping", "wrapped", "box", "包装", "盒子", "箱子", "包裹"},
		"quality":     {"quality", "durab", "sturdy", "flimsy", "broke", "broken", "defect", "material", "well made", "fell apart", "质量", "做工", "材质", "品质", "坏", "破", "耐用"},
		"price":       {"price", "pricey", "cost", "cheap", "expensive", "value", "money", "bargain", "afford", "价格", "便宜", "贵", "性价比", "实惠", "划算", "降价"},
		"size":        {"size", "sizing", "fit", "fits", "tight", "loose", "too small", "too big", "too large", "尺码", "尺寸", "大小", "码数", "偏大", "偏小", "合身"},
		"service":     {"service", "support", "staff", "seller", "helpful", "customer care", "客服", "服务", "态度", "卖家", "售后"},
		"returns":     {"return", "refund", "exchange", "warrant", "replacement", "退货", "换货", "退款", "保修", "返修"},
		"appearance":  {"colour", "color", "look", "design", "style", "styl", "pretty", "ugly", "appearance", "颜色", "外观", "款式", "好看", "漂亮", "色差", "样式"},
		"usability":   {"easy", "ease", "difficult", "use", "instruction", "manual", "setup", "install", "menu", "interface", "操作", "使用", "安装", "说明书", "方便", "系统"},
		"performance": {"fast", "slow", "speed", "perform", "crash", "freez", "lag", "responsive", "性能", "运行", "卡", "反应", "流畅", "死机"},
		"battery":     {"battery", "batteries", "charg", "电池", "充电", "续航", "待机"},
		"screen":      {"screen", "display", "picture", "resolution", "image", "屏幕", "画面", "显示", "分辨率", "屏"},
		"sound":       {"sound", "audio", "volume", "speaker", "headphone", "noise", "音质", "声音", "音量", "喇叭", "噪音"},
		"taste":       {"taste", "flavour", "flavor", "fresh", "sweet", "delicious", "味道", "口感", "新鲜", "好吃", "甜", "酸"},
		"smell":       {"smell", "scent", "odour", "odor", "fragran", "气味", "味儿", "异味", "香味", "臭"},
		"comfort":     {"comfort", "cosy", "soft", "itch", "舒服", "舒适", "柔软"},
		"location":    {"location", "located", "neighbourhood", "位置", "交通", "地理", "周边"},
		"room":        {"room", "clean", "dirty", "bed", "bathroom", "房间", "卫生", "床", "早餐", "隔音"},
	}
}

// aspects finds which aspects words speak of.
type aspects struct {
	names []string
	// words are English words and beginnings of them, phrases those with a space, signs Chinese words; each with the aspects' places.
	words, phrases, signs map[string][]int
	// longest is the greatest length of words in bytes.
	longest int
}

func newAspects(of map[string][]string) (*aspects, error) {
	a := &aspects{words: map[string][]int{}, phrases: map[string][]int{}, signs: map[string][]int{}}
	for name := range of {
		a.names = append(a.names, name)
	}
	slices.Sort(a.names)
	for i, name := range a.names {
		for _, term := range of[name] {
			term = strings.ToLower(strings.TrimSpace(term))
			into := a.words
			switch {
			case term == "":
				return nil, vitrine.Errorf(vitrine.Invalid, "aspect %q: a word is empty", name)
			case strings.ContainsFunc(term, isHan):
				into = a.signs
			case strings.Contains(term, " "):
				into = a.phrases
			default:
				a.longest = max(a.longest, len(term))
			}
			into[term] = append(into[term], i)
		}
	}
	return a, nil
}

// stems are how many more letters a word may have than the one that it matches, and how many that one needs for it: "fit" is not in "fitness".
const (
	ending   = 4
	leastEnd = 4
)

// find gives the aspects of a piece of text in alphabetical order.
func (a *aspects) find(text string) []string {
	text = strings.ToLower(text)
	found := map[int]bool{}
	mark := func(places []int) {
		for _, i := range places {
			found[i] = true
		}
	}
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) || isHan(r) }) {
		for n := min(len(w), a.longest); n > 0 && len(w)-n <= ending; n-- {
			if n == len(w) || n >= leastEnd {
				mark(a.words[w[:n]])
			}
		}
		if s, ok := strings.CutSuffix(w, "s"); ok {
			mark(a.words[s])
		}
	}
	for phrase, places := range a.phrases {
		if strings.Contains(text, phrase) {
			mark(places)
		}
	}
	if strings.ContainsFunc(text, isHan) {
		for sign, places := range a.signs {
			if strings.Contains(text, sign) {
				mark(places)
			}
		}
	}
	var names []string
	for i, name := range a.names {
		if found[i] {
			names = append(names, name)
		}
	}
	return names
}

// clauses cuts a sentence where its feeling may turn: at commas and semicolons and before words of contrast; turns tells that there was such
// a word.
func clauses(sentence string) (out []string, turns bool) {
	start := 0
	cut := func(end, next int) {
		if strings.TrimSpace(sentence[start:end]) != "" {
			out = append(out, strings.TrimSpace(sentence[start:end]))
		}
		start = next
	}
	for i, r := range sentence {
		switch {
		case i < start:
		case strings.ContainsRune(",;，；、", r):
			cut(i, i+utf8.RuneLen(r))
		case r == ' ':
			if word, _, _ := strings.Cut(sentence[i+1:], " "); slices.Contains([]string{"but", "however", "although", "though", "while", "yet"}, strings.ToLower(word)) {
				cut(i, i+1)
				turns = true
			}
		case r == '但' || strings.HasPrefix(sentence[i:], "不过") || strings.HasPrefix(sentence[i:], "可是") || strings.HasPrefix(sentence[i:], "就是"):
			cut(i, i)
			turns = true
		}
	}
	cut(len(sentence), len(sentence))
	return out, turns
}
