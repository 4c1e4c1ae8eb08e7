#include "crypto/hash.h"
#include "server/commands.h"

int main(int argc, char **argv)
{
	int status = ahoy_server_main(argc, argv);

	/* The main thread hashed, for users as for calls. */
	ahoy_hash_thread_fini();
	return status;
}
