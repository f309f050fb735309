/*
 * The passwords that are found most often in what leaked, as far as they have
 * the length that is asked for: a list of facts, in order of their bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "db/password.h"

enum {
	COMMON_SIZE = 24, /* longer ones are not in the list */
};

/* clang-format off */
static const char *const common[] = {
	"!@#$%^&*", "!qaz2wsx", "00000000", "000000000", "0000000000", "01234567", "0123456789",
	"0987654321", "11111111", "111111111", "1111111111", "11223344", "12121212",
	"123123123", "123321123", "12341234", "123454321", "123456123", "12345678", "123456789",
	"1234567890", "1234567891", "123456789a", "12345678a", "1234567a", "123456abc",
	"1234qwer", "123789456", "147258369", "14789632", "159753456", "1q2w3e4r", "1q2w3e4r5t",
	"1q2w3e4r5t6y", "1qaz2wsx", "1qazxsw2", "22222222", "33333333", "44444444", "55555555",
	"66666666", "741852963", "77777777", "789456123", "87654321", "88888888", "963852741",
	"987654321", "99999999", "a12345678", "a123456789", "aa123456", "aa12345678",
	"abc12345", "abc123456", "abcd1234", "abcdefg1", "abcdefgh", "access14", "admin123",
	"admin1234", "admin12345", "adminadmin", "administrator", "administrator1", "alexander",
	"alexander1", "alhamdulillah", "andrew12", "anthony1", "arsenal1", "asdf1234",
	"asdf123456", "asdfasdf", "asdfghjk", "asdfghjkl", "ashley12", "asterisk", "asterisk1",
	"asterisk123", "autumn2024", "azerty12", "azerty123", "azertyuiop", "barcelona",
	"baseball", "baseball1", "basketball", "batman123", "benjamin", "bismillah",
	"bismillah1", "blessed1", "blink182", "brittany", "butterfly", "changeit", "changeme",
	"changeme1", "changeme123", "charlie1", "charlie123", "cheesecake", "chelsea1",
	"chocolate", "chocolate1", "christian", "christopher", "cinderella", "computer",
	"computer1", "contrasena", "contraseña", "corvette", "cupcake1", "danielle", "default1",
	"default123", "dolphin1", "dolphins", "doudou123", "dragon12", "dragon123", "elephant",
	"elizabeth", "eminem123", "extension", "facebook", "facebook1", "fernando", "ferrari1",
	"football", "football1", "fortnite", "freedom1", "freepbx123", "freeswitch", "gabriela",
	"geheim123", "godisgood", "goodluck", "google123", "greenday", "guest123", "hallo123",
	"hallo1234", "happy123", "harley123", "haslo123", "hello123", "hello1234", "helloworld",
	"hunter12", "iloveu123", "iloveyou", "iloveyou!", "iloveyou1", "iloveyou123",
	"iloveyou2", "indonesia", "indonesia1", "internet", "isabella", "jakarta123",
	"jennifer", "jessica1", "jesus123", "jesuschrist", "jonathan", "jordan23", "juventus",
	"kamailio", "kawasaki", "kennwort", "killer12", "letmein!", "letmein1", "letmein123",
	"linkedin", "linkedin1", "liverpool", "liverpool1", "login123", "lovelove", "lovely123",
	"loveyou1", "lucky123", "manchester", "marlboro1", "master12", "master123", "matthew1",
	"melissa1", "mercedes", "metallica", "michael1", "michelle", "midnight", "minecraft",
	"minecraft1", "monkey12", "monkey123", "motdepasse", "mountain", "mustang1",
	"mypassword", "myspace1", "nicholas", "nirvana1", "opensips", "p@ssw0rd", "p@ssword",
	"pa55w0rd", "pa55word", "panther1", "parol123", "passw0rd", "passw0rd1", "password",
	"password!", "password1", "password12", "password123", "password1234", "password2",
	"password2023", "password2024", "password2025", "password2026", "password3", "passwort",
	"passwort1", "patricia", "phone1234", "poiuytrewq", "pokemon1", "pokemon123",
	"porsche1", "princess", "princess1", "q1w2e3r4", "q1w2e3r4t5", "qazwsx123", "qazwsxedc",
	"qwer1234", "qwerty!@", "qwerty12", "qwerty123", "qwerty1234", "qwerty12345",
	"qwerty123456", "qwertyui", "qwertyuiop", "qwertz123", "qwertzuiop", "rahasia123",
	"realmadrid", "roblox123", "root1234", "rootroot", "samantha", "samsung1", "samsung123",
	"sayang123", "schatz123", "scorpion", "scorpion1", "secret12", "secret123", "senha123",
	"shadow12", "shadow123", "sipmoved", "sipmoved1", "slipknot", "snickers", "soleil123",
	"sommer123", "spiderman", "spring2024", "spring2025", "startrek", "starwars",
	"stephanie", "strawberry", "summer2023", "summer2024", "summer2025", "sunshine",
	"sunshine1", "superman", "superman1", "telephone", "test1234", "test12345", "testing1",
	"testing123", "testtest", "tinkerbell", "toor1234", "trustno1", "user1234", "victoria",
	"voip1234", "wachtwoord", "welcome1", "welcome12", "welcome123", "welcome2024",
	"welcome2025", "whatever", "whatever1", "whatsapp", "william1", "winter123",
	"winter2023", "winter2024", "winter2025", "yamaha123", "youtube1", "zaq12wsx",
	"zaq1zaq1", "zxcvbnm1", "zxcvbnm123", "zxcvbnma",
};
/* clang-format on */

static int compare(const void *word, const void *row)
{
	return strcmp(word, *(const char *const *)row);
}

bool password_is_common(struct text password)
{
	char lower[COMMON_SIZE];

	if (password.len >= sizeof(lower))
		return false;
	for (size_t i = 0; i < password.len; i++)
		lower[i] = ascii_lower(password.ptr[i]);
	lower[password.len] = '\0';
	return bsearch(lower, common, sizeof(common) / sizeof(*common),
		       sizeof(*common), compare) != NULL;
}
