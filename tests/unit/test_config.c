#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"

/* A folder with one file in it, and what reading it said. */
struct reading {
	char folder[64];
	char path[96];
	struct config config;
	char *said;
	size_t said_len;
	struct config_errors errors;
};

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(strlen(text), fwrite(text, 1, strlen(text), file));
	fclose(file);
}

static struct reading *read_text(const char *text)
{
	struct reading *reading = calloc(1, sizeof(*reading));

	assert_non_null(reading);
	snprintf(reading->folder, sizeof(reading->folder),
		 "/tmp/sipmoved-config-XXXXXX");
	assert_non_null(mkdtemp(reading->folder));
	snprintf(reading->path, sizeof(reading->path), "%s/a.conf",
		 reading->folder);
	write_file(reading->path, text);
	reading->errors.stream =
		open_memstream(&reading->said, &reading->said_len);
	config_init(&reading->config);
	config_read_file(&reading->config, reading->path, &reading->errors);
	fflush(reading->errors.stream);
	return reading;
}

static void forget(struct reading *reading)
{
	fclose(reading->errors.stream);
	unlink(reading->path);
	rmdir(reading->folder);
	free(reading->said);
	free(reading);
}

static void defaults_listen_on_loopback_alone(void **state)
{
	struct config config;
	(void)state;

	config_init(&config);
	assert_int_equal(1, config.sip_listen_count);
	assert_string_equal("127.0.0.1", config.sip_listens[0].host);
	assert_int_equal(5060, config.sip_listens[0].port);
	assert_int_equal(1, config.http_listen_count);
	assert_string_equal("127.0.0.1", config.http_listens[0].host);
	assert_int_equal(1, config.sip_workers);
	assert_false(config.moves_allow_local_targets);
	/* R17: it does not tell which version. */
	assert_string_equal("sipmoved", config.sip_server_header);
}

static void a_file_sets_what_it_names(void **state)
{
	struct reading *reading = read_text(
		"[sip]\n"
		"listen = udp:127.0.0.1:5070, udp:[::1]:5071 udp:0.0.0.0\n"
		"workers = 4\n"
		"strict_timer_g = yes\n"
		"; a comment\n"
		"[http]\n"
		"listen = [::1]:8081\n");
	const struct config *config = &reading->config;
	(void)state;

	assert_string_equal("", reading->said);
	assert_int_equal(3, config->sip_listen_count);
	assert_int_equal(5070, config->sip_listens[0].port);
	assert_string_equal("::1", config->sip_listens[1].host);
	assert_int_equal(5060, config->sip_listens[2].port);
	assert_int_equal(4, config->sip_workers);
	assert_true(config->sip_strict_timer_g);
	assert_string_equal("::1", config->http_listens[0].host);
	forget(reading);
}

static void tls_listens_on_its_own_port_and_needs_a_certificate(void **state)
{
	struct reading *reading = read_text("[sip]\n"
					    "listen = udp:127.0.0.1 tls:[::1]\n"
					    "[tls]\n"
					    "verify_client = required\n"
					    "client_identities = a.example, "
					    "b.example\n");
	const struct config *config = &reading->config;
	(void)state;

	assert_string_equal("", reading->said);
	assert_false(config->sip_listens[0].is_tls);
	assert_true(config->sip_listens[1].is_tls);
	assert_int_equal(5061, config->sip_listens[1].port);
	assert_int_equal(TLS_VERIFY_REQUIRED, config->tls.verify_client);
	assert_int_equal(2, config->tls.client_identity_count);
	assert_string_equal("b.example", config->tls.client_identities[1]);

	config_check(config, &reading->errors);
	fflush(reading->errors.stream);
	assert_non_null(strstr(reading->said, "[tls] certificate: names no"));
	assert_non_null(strstr(reading->said, "[tls] client_ca: names no"));
	forget(reading);
}

static void every_error_is_told_with_its_line(void **state)
{
	static const char *const expected[] = {
		"a.conf:2: [sip] wrokers: no such setting; did you mean [sip] "
		"workers?",
		"a.conf:3: [sip] workers: \"none\" is not a whole number from "
		"1 to 32",
		"a.conf:4: [sip] workers: set twice in this file",
		"a.conf:5: [sip] listen: \"tcp:1.2.3.4\" does not start with "
		"udp:",
		"a.conf:6: neither [section] nor key = value",
		"a.conf:7: longer than 198 characters",
		"a.conf:8: [sip] strict_timer_g: \"maybe\" is neither yes nor "
		"no",
	};
	char text[1024], *at;
	struct reading *reading;
	(void)state;

	at = text + snprintf(text, sizeof(text),
			     "[sip]\nwrokers = 2\nworkers = none\n"
			     "workers = 2\nlisten = tcp:1.2.3.4\n"
			     "this is not a setting\n");
	memset(at, 'x', 300);
	snprintf(at + 300, 64, "\nstrict_timer_g = maybe\n");
	reading = read_text(text);

	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++)
		if (!strstr(reading->said, expected[i]))
			fail_msg("not said: %s\nbut: %s", expected[i],
				 reading->said);
	assert_int_equal(7, reading->errors.count);
	forget(reading);
}

static void a_word_too_far_from_any_setting_is_not_guessed_at(void **state)
{
	struct reading *reading = read_text("[sip]\nbogus = 1\n");
	(void)state;

	assert_non_null(
		strstr(reading->said, "[sip] bogus: no such setting\n"));
	forget(reading);
}

static void a_file_in_conf_d_comes_after_the_file(void **state)
{
	struct reading *reading = read_text("[sip]\nworkers = 2\n");
	char folder[96], path[128];
	(void)state;

	snprintf(folder, sizeof(folder), "%s/conf.d", reading->folder);
	assert_int_equal(0, mkdir(folder, 0700));
	snprintf(path, sizeof(path), "%s/10.conf", folder);
	write_file(path, "[sip]\nworkers = 3\n");

	config_init(&reading->config);
	config_read_file(&reading->config, reading->path, &reading->errors);
	assert_int_equal(3, reading->config.sip_workers);

	unlink(path);
	rmdir(folder);
	forget(reading);
}

static void flags_come_after_the_environment_and_the_file(void **state)
{
	struct reading *reading =
		read_text("[sip]\nworkers = 2\nlisten = udp:127.0.0.1:1\n");
	struct config *config = &reading->config;
	(void)state;

	setenv("SIPMOVED_SIP__WORKERS", "3", 1);
	config_read_environment(config, &reading->errors);
	assert_int_equal(3, config->sip_workers);
	config_set_flag(config, "sip", "workers", "--sip-workers", "4",
			&reading->errors);
	assert_int_equal(4, config->sip_workers);

	/* A list from flags replaces the file's, and grows flag by flag. */
	config_set_flag(config, "sip", "listen", "--sip-listen",
			"udp:127.0.0.1:2", &reading->errors);
	config_set_flag(config, "sip", "listen", "--sip-listen",
			"udp:127.0.0.1:3", &reading->errors);
	assert_int_equal(2, config->sip_listen_count);
	assert_int_equal(2, config->sip_listens[0].port);
	assert_int_equal(0, reading->errors.count);
	unsetenv("SIPMOVED_SIP__WORKERS");
	forget(reading);
}

static void a_socket_path_too_long_for_the_kernel_is_an_error(void **state)
{
	struct reading *reading = read_text("");
	char folder[200];
	(void)state;

	memset(folder, 'd', sizeof(folder) - 1);
	folder[sizeof(folder) - 1] = '\0';
	config_set_flag(&reading->config, "server", "data_dir", "--data-dir",
			folder, &reading->errors);
	config_check(&reading->config, &reading->errors);
	fflush(reading->errors.stream);
	assert_non_null(strstr(reading->said, "[http] socket:"));
	forget(reading);
}

static void what_is_printed_reads_back_the_same(void **state)
{
	struct reading *reading = read_text("[sip]\nlisten = udp:[::1]:5070\n"
					    "[http]\nhost_names = a.example\n");
	struct reading *again;
	char *text = NULL;
	size_t len;
	FILE *stream = open_memstream(&text, &len);
	(void)state;

	config_print(&reading->config, stream);
	fclose(stream);
	again = read_text(text);
	assert_string_equal("", again->said);
	assert_string_equal("::1", again->config.sip_listens[0].host);
	assert_string_equal("a.example", again->config.http_host_names[0]);
	assert_int_equal(reading->config.log_ring_size_bytes,
			 again->config.log_ring_size_bytes);
	free(text);
	forget(again);
	forget(reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_listen_on_loopback_alone),
		cmocka_unit_test(a_file_sets_what_it_names),
		cmocka_unit_test(
			tls_listens_on_its_own_port_and_needs_a_certificate),
		cmocka_unit_test(every_error_is_told_with_its_line),
		cmocka_unit_test(
			a_word_too_far_from_any_setting_is_not_guessed_at),
		cmocka_unit_test(a_file_in_conf_d_comes_after_the_file),
		cmocka_unit_test(flags_come_after_the_environment_and_the_file),
		cmocka_unit_test(
			a_socket_path_too_long_for_the_kernel_is_an_error),
		cmocka_unit_test(what_is_printed_reads_back_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
