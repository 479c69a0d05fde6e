-- Lo que ya se sabe que es una sola persona y sigue en dos chats.
SELECT lid FROM chat_identidades WHERE NOT unida AND NOT rechazada ORDER BY sabida_en LIMIT 100
