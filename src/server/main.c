#include "server/commands.h"

int main(int argc, char **argv)
{
	return ahoy_server_main(argc, argv);
}
