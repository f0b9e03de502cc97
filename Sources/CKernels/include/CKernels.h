#pragma once
#include "Optimizers.h"
#include "RandomNumbers.h"
